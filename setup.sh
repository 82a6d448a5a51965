#!/usr/bin/env bash
# Makes .venv (the pipeline) and .venv-superset from their locks with uv, itself in .uv. Does nothing when they are current.
# `./setup.sh peers` makes .venv-peers instead: what others wrote to speak with the vendors, which only tests run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
UV_VERSION=0.13.8

usable_python() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in "${PYTHON_BIN:-}" python3.11 python3.12 python3 /usr/bin/python3.11 /usr/bin/python3.12; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && usable_python "$candidate"; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo "setup: Python 3.11 or 3.12 with the venv module is needed (Debian: apt-get install python3-venv)." >&2
  echo "       If it is installed somewhere else, name it: PYTHON_BIN=/path/to/python3.11 make demo" >&2
  return 1
}

environment() { # directory, lock file
  local directory=$1 lock=$2 stamp
  stamp="$UV_VERSION $(sha256sum <"$lock" | cut -c1-64)"
  if [ -x "$directory/bin/python" ] && [ "$(cat "$directory/.stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
  if [ ! -x .uv/bin/uv ] || [ "$(.uv/bin/uv --version | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    echo "setup: installing uv $UV_VERSION into .uv"
    "$python" -m venv --clear .uv
    .uv/bin/python -m pip --disable-pip-version-check --no-input -q install "uv==$UV_VERSION"
  fi
  echo "setup: $directory from $lock ($(grep -c '==' "$lock") packages)"
  # A company's own certificate authority is in the system's store, not in the one that uv carries.
  local certificates=()
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then certificates=(--system-certs); fi
  .uv/bin/uv venv -q --clear --python "$python" "$directory"
  .uv/bin/uv pip install "${certificates[@]}" -q --compile-bytecode --require-hashes --python "$directory/bin/python" -r "$lock"
  echo "$stamp" >"$directory/.stamp"
}

# Two set-ups at once would delete each other's work.
exec 9>.setup.lock
if command -v flock >/dev/null; then flock 9; fi
python=$(find_python)
case "${1:-}" in
  "")
    environment .venv requirements.txt
    environment .venv-superset superset/requirements.txt
    ;;
  peers) environment .venv-peers tests/peers/requirements.txt ;;
  *)
    echo "setup: there is no $1; say nothing, or peers" >&2
    exit 2
    ;;
esac
