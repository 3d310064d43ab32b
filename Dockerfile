# The container image of Tillsight; docs/deploying.md tells how to use it. What is built is built by
# scripts/image-rootfs, which tests run outside of a container.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim-bookworm AS build
# Optional parts, such as prophet: --build-arg EXTRAS=prophet
ARG EXTRAS=""
WORKDIR /build
COPY pyproject.toml uv.lock ./
COPY scripts/uv scripts/image-rootfs scripts/
RUN scripts/image-rootfs dependencies /rootfs "$EXTRAS"
COPY README.md LICENSE ./
COPY deploy/container deploy/container
COPY src src
RUN scripts/image-rootfs program /rootfs "$EXTRAS"

FROM python:${PYTHON}-slim-bookworm
COPY --from=build /rootfs /
# What new volumes begin as: folders of the user who runs the server, and of nobody else.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data /secrets
# The name of a folder is no secret.
# hadolint ignore=DL3064
ENV PATH=/opt/tillsight/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    TILLSIGHT_HOME=/data \
    TILLSIGHT_SECRETS_FOLDER=/data/secrets \
    TILLSIGHT_ENVIRONMENT=production \
    TILLSIGHT_HOST=0.0.0.0 \
    TILLSIGHT_PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-m", "tillsight.healthy"]
ENTRYPOINT ["start"]
CMD ["serve"]
