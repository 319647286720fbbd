# The app, and nothing but the app: see docs/hosting.md. For NVIDIA GPUs: --build-arg TORCH_INDEX=https://pypi.org/simple
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

# 1000 is also the user that Hugging Face Spaces insists on. /data is theirs to write.
RUN useradd --create-home --uid 1000 reader && mkdir /data && chown reader /data
WORKDIR /app

# PyTorch first and from its own index: PyPI's brings gigabytes of CUDA along.
COPY requirements.txt ./
RUN grep -E '^torch(vision)?[<>=]' requirements.txt > /tmp/torch.txt \
    && pip install --index-url "$TORCH_INDEX" -r /tmp/torch.txt \
    && pip install -r requirements.txt

COPY app.py pyproject.toml LICENSE ./
COPY .streamlit ./.streamlit
COPY pages ./pages
COPY dropout_core ./dropout_core

USER reader
# glibc, Arrow and OpenBLAS would keep what a page's arithmetic needed for a moment: some 40 MB.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=50000 MALLOC_TRIM_THRESHOLD_=50000 \
    ARROW_DEFAULT_MEMORY_POOL=system OPENBLAS_NUM_THREADS=1
ENV DROPOUT_CACHE_DIR=/data DROPOUT_STORE=/data/store DROPOUT_KEEP=500 DROPOUT_LOG=json
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.port=8501"]
