CREATE TABLE public.comparisons (
    key text NOT NULL,
    recipe text NOT NULL,
    status text NOT NULL,
    message text NOT NULL,
    owner text NOT NULL,
    started text NOT NULL,
    ended text,
    provenance text NOT NULL
);
CREATE TABLE public.points (
    key text NOT NULL,
    arm text NOT NULL,
    seed integer NOT NULL,
    step integer NOT NULL,
    epoch double precision,
    train_loss double precision,
    eval_loss double precision,
    val_loss double precision,
    val_accuracy double precision,
    full_val_loss double precision,
    full_val_accuracy double precision,
    epoch_loss double precision,
    seconds double precision
);
CREATE TABLE public.runs (
    key text NOT NULL,
    arm text NOT NULL,
    seed integer NOT NULL,
    seconds double precision NOT NULL,
    stopped_early integer NOT NULL
);
CREATE TABLE public.store_version (
    version integer NOT NULL
);
INSERT INTO public.comparisons VALUES ('d4682285dbf3f232', '{"arms":["no dropout","dropout"],"batch":64,"data":"mnist-5k","decoupled":false,"epochs":1,"hidden":[4],"images":100,"input_rate":0.0,"learning_rate":0.001,"max_norm":0.0,"momentum":0.0,"optimiser":"adam","patience":0,"rate":0.5,"seeds":[0],"weight_decay":0.0}', 'done', '', 'f2979958a8da428cb8810656e40491ad', '2026-11-24T11:55:29+00:00', '2026-11-24T11:55:29+00:00', '{"altair": "6.3.0", "commit": "unknown", "data": "mnist-5k", "data_checksum": "693f0d7ddbac067f", "device": "cpu", "distributed": "2026.8.0", "dropout_core": "0.1.0", "hardware": "Intel(R) Xeon(R) Processor", "numpy": "2.4.6", "python": "3.11.7", "streamlit": "1.67.0", "torch": "2.14.1"}');
INSERT INTO public.points VALUES ('d4682285dbf3f232', 'dropout', 0, 1, 0.5, 2.3477745056152344, 2.336843490600586, 2.3180010318756104, 16, NULL, NULL, NULL, 0.0008932820001064101);
INSERT INTO public.points VALUES ('d4682285dbf3f232', 'dropout', 0, 2, 1, 2.3398449420928955, 2.3354222774505615, 2.3189198970794678, 15.000000953674316, 2.317549705505371, 10.100000381469727, 2.3438096046447754, 0.0018333869993512053);
INSERT INTO public.points VALUES ('d4682285dbf3f232', 'no dropout', 0, 1, 0.5, 2.359189510345459, 2.3365399837493896, 2.3186049461364746, 16, NULL, NULL, NULL, 0.0020763929987879237);
INSERT INTO public.points VALUES ('d4682285dbf3f232', 'no dropout', 0, 2, 1, 2.329617738723755, 2.3301992416381836, 2.3131110668182373, 16, 2.3106391429901123, 10.40000057220459, 2.3444037437438965, 0.004556116999083315);
INSERT INTO public.runs VALUES ('d4682285dbf3f232', 'no dropout', 0, 0.004556116999083315, 0);
INSERT INTO public.runs VALUES ('d4682285dbf3f232', 'dropout', 0, 0.0018333869993512053, 0);
INSERT INTO public.store_version VALUES (1);
ALTER TABLE ONLY public.comparisons
    ADD CONSTRAINT comparisons_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.points
    ADD CONSTRAINT points_pkey PRIMARY KEY (key, arm, seed, step);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (key, arm, seed);
