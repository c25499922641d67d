# syntax=docker/dockerfile:1
# One stage for each role; compose.yaml names them as targets. Validated by tests/deploy/test_compose.py, not run here.
#
#   docker build --target worker-cpu .
#   docker build --target worker-gpu --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu .

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    NORIA_HOME=/var/lib/noria HOME=/tmp
# The home folder is made here, with its owner, so that a fresh named volume on it belongs to that user.
RUN groupadd --system --gid 10001 noria \
 && useradd --system --uid 10001 --gid noria --no-create-home --home-dir /tmp noria \
 && install --directory --owner noria --group noria /var/lib/noria
WORKDIR /srv/noria

FROM base AS api
COPY requirements/api.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/api.txt
COPY jobs/ jobs/
COPY storage/ storage/
COPY api/ api/
USER noria
EXPOSE 8000
CMD ["python", "-m", "api.serve"]

FROM base AS worker-cpu
COPY requirements/cpu.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/cpu.txt
COPY jobs/ jobs/
COPY storage/ storage/
COPY tracking/ tracking/
COPY workers/ workers/
USER noria
CMD ["celery", "-A", "workers.app", "worker", "-Q", "cpu", "-n", "cpu@%h", "-c", "1", "--without-gossip", "--without-mingle"]

FROM base AS worker-gpu
# OpenCV, which Ultralytics imports, looks for these two.
RUN apt-get update && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 && rm -rf /var/lib/apt/lists/*
COPY requirements/gpu.txt requirements/torch.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/gpu.txt
# Empty: PyPI's build. Pinned and not hashed, since the files differ from index to index.
ARG TORCH_INDEX=""
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} -r requirements/torch.txt
COPY jobs/ jobs/
COPY storage/ storage/
COPY tracking/ tracking/
COPY workers/ workers/
USER noria
CMD ["celery", "-A", "workers.app", "worker", "-Q", "gpu", "-n", "gpu@%h", "-c", "1", "--without-gossip", "--without-mingle"]

FROM base AS flower
COPY requirements/stack.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/stack.txt
COPY jobs/ jobs/
COPY storage/ storage/
COPY deploy/ deploy/
USER noria
EXPOSE 5555
CMD ["python", "-m", "deploy.dashboard"]

FROM base AS mlflow
COPY requirements/mlflow.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/mlflow.txt \
 && install --directory --owner noria --group noria /var/lib/mlflow
WORKDIR /var/lib/mlflow
USER noria
EXPOSE 5000
CMD ["mlflow", "server", "--host", "0.0.0.0", "--port", "5000"]
