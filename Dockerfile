# Two images from one file: `pipeline` (Airflow and every room) and `boards` (Superset), as their locks cannot share one
# environment. Nothing secret is needed to build them, and nothing secret is in them.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN groupadd --gid 10001 copilot \
    && useradd --uid 10001 --gid copilot --no-create-home --home-dir /state/home --shell /usr/sbin/nologin copilot \
    && install --directory --owner copilot --group copilot --mode 0700 /state /state/home

FROM base AS pipeline-libraries
COPY requirements.txt /build/requirements.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r /build/requirements.txt

FROM base AS pipeline
COPY --from=pipeline-libraries /opt/venv /opt/venv
# Owned by root: no process can change the code that it runs.
COPY config /app/config
COPY copilot /app/copilot
COPY ml /app/ml
COPY expectations /app/expectations
COPY dbt /app/dbt
COPY dags /app/dags
COPY plugins /app/plugins
COPY superset /app/superset
# Installed libraries come with byte-code; ours gets it here, because the file system is read-only when it runs.
RUN python -m compileall -q /app
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app HOME=/state/home COPILOT_VAR=/state/var
WORKDIR /app
USER 10001:10001
CMD ["python", "-m", "copilot", "--help"]

FROM base AS boards-libraries
COPY superset/requirements.txt /build/requirements.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r /build/requirements.txt

FROM base AS boards
COPY --from=boards-libraries /opt/venv /opt/venv
# Under another name and without the rest of the repository: a directory `superset` on the path would hide the library.
COPY superset /app/boards
RUN python -m compileall -q /app
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/boards PYTHONSAFEPATH=1 HOME=/state/home
WORKDIR /state
USER 10001:10001
CMD ["gunicorn", "--version"]
