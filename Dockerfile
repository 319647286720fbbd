# The app and nothing else: see docs/hosting.md. For NVIDIA GPUs: --build-arg TORCH_BACKEND=cu130
FROM python:3.11-slim

ARG TORCH_BACKEND=cpu
# Further packages, such as psycopg[binary] for a store on PostgreSQL.
ARG PACKAGES=
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

# Hugging Face Spaces requires user 1000, who may write to /data.
RUN useradd --create-home --uid 1000 reader && mkdir /data && chown reader /data
WORKDIR /app

# uv takes PyTorch's build for CPUs; the default build brings gigabytes of CUDA along.
COPY requirements.txt ./
RUN pip install "uv>=0.9" && uv pip install --system --no-cache --torch-backend="$TORCH_BACKEND" -r requirements.txt $PACKAGES

COPY app.py pyproject.toml LICENSE ./
COPY .streamlit ./.streamlit
COPY pages ./pages
COPY dropout_core ./dropout_core

USER reader
# Without these settings glibc, Arrow and OpenBLAS hold on to some 40 MB of freed memory.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=50000 MALLOC_TRIM_THRESHOLD_=50000 \
    ARROW_DEFAULT_MEMORY_POOL=system OPENBLAS_NUM_THREADS=1
# Streamlit needs a home folder; without this line, docker run --user could leave it without one.
ENV HOME=/data
ENV DROPOUT_CACHE_DIR=/data DROPOUT_STORE=/data/store DROPOUT_KEEP=500 DROPOUT_LOG=json
VOLUME /data
# An environment variable, so that servers behind one proxy can have a port each.
ENV STREAMLIT_SERVER_PORT=8501
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['STREAMLIT_SERVER_PORT'] + '/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0"]
