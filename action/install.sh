#!/usr/bin/env bash
# Install this version of brainscore-data for one command of the action, and nothing else.
#
# Everything that comes from outside is pinned by its hash: uv (action/locks/uv.txt), and with it the
# libraries and the build backend (action/locks/<command>.txt). The environment is new for each step,
# so that whatever ran in the job before cannot have prepared it.
set -euo pipefail

# What is installed needs none of these.
unset ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN

fail() {
  printf '::error title=brainscore-data::%s\n' "$1"
  exit 2
}

case "${BRAINSCORE_DATA_INPUT_COMMAND:-}" in
  check | package | publish | comment | audit | due | site) command=$BRAINSCORE_DATA_INPUT_COMMAND ;;
  # These need the same libraries as others.
  approve) command=comment ;;
  shard) command=package ;;
  merge) command=publish ;;
  # What was given is not repeated: it could hold a workflow command.
  *) fail "The input 'command' has to be one of check, shard, package, publish, merge, comment, audit, due, site, approve" ;;
esac

# The variables of the runner's environment: inside a container, expressions like github.action_path
# name folders of the host (https://github.com/actions/runner/issues/716).
action=$GITHUB_ACTION_PATH
temporary=$RUNNER_TEMP
if command -v cygpath > /dev/null; then # Windows: bash wants slashes
  action=$(cygpath -m "$action")
  temporary=$(cygpath -m "$temporary")
fi
mkdir -p "$temporary"
folder=$(mktemp -d "$temporary/brainscore-data.XXXXXX")
cd "$folder" # not the workspace: its files configure nothing
mkdir tool work
pinned=$action/action/locks/uv.txt
version=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$pinned")

# The wheel for this machine, where PyPI keeps it: uv.urls names the files that uv.txt has hashes of.
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=manylinux_2_17_x86_64 ;;
  Linux-aarch64) platform=manylinux_2_17_aarch64 ;;
  Darwin-arm64) platform=macosx_11_0_arm64 ;;
  Darwin-x86_64) platform=macosx_10_12_x86_64 ;;
  *ARM64* | *-aarch64) platform=win_arm64 ;;
  MINGW* | MSYS*) platform=win_amd64 ;;
  *) platform=unknown ;;
esac
# That of arm64 is for both kinds of Linux.
if [ -f /etc/alpine-release ]; then platform=${platform/#manylinux_2_17_x/musllinux_1_1_x}; fi
url=$(grep -e "-py3-none-$platform" "$action/action/locks/uv.urls" || true)

export PIP_ROOT_USER_ACTION=ignore # containers work as root
pip_install() {
  "$1" -I -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
    --only-binary :all: --require-hashes --target "$folder/tool" "${@:2}"
}

# Any Python with pip will do for uv itself, however old: uv finds or brings the one we need.
with_pip() {
  local python
  for python in python3 python; do
    if command -v "$python" > /dev/null && "$python" -I -c 'import pip' > /dev/null 2>&1; then
      # By its address first: to look through all files of all versions takes pip two seconds.
      if [ -n "$url" ] && [ -z "${PIP_INDEX_URL:-}${PIP_NO_INDEX:-}" ]; then
        sed "s|^uv==[^ ]*|uv @ $url|" "$pinned" > uv.txt
        pip_install "$python" --retries 0 --timeout 10 -r uv.txt > /dev/null 2>&1 && return 0
      fi
      pip_install "$python" -r "$pinned" && return 0
    fi
  done
  return 1
}

sha256() {
  if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Where there is no Python, the same wheel is fetched and held against the same hashes.
with_curl() {
  command -v curl > /dev/null || return 1
  if [ -n "${UV_DEFAULT_INDEX:-}" ]; then
    url=$(curl --proto '=https' --tlsv1.2 -fsSL --retry 3 "${UV_DEFAULT_INDEX%/}/uv/" |
      grep -o "https://[^\"#]*/uv-$version-py3-none-$platform[^\"#]*\.whl" | head -n 1) || return 1
  fi
  [ -n "$url" ] || return 1
  curl --proto '=https' --tlsv1.2 -fsSL --retry 3 -o uv.zip "$url" || return 1
  grep -q -- "--hash=sha256:$(sha256 uv.zip)" "$pinned" || fail "uv was not what $version has to be"
  if command -v unzip > /dev/null; then
    unzip -q uv.zip -d tool
  else
    tar -xf uv.zip -C tool # the one of macOS and Windows reads zip archives
  fi
  mkdir -p tool/bin
  mv "tool/uv-$version.data/scripts/"* tool/bin/
  chmod +x tool/bin/*
}

with_pip || with_curl ||
  fail "uv could not be installed: the runner needs a Python with pip, or curl and unzip, and the way to PyPI"
uv=$folder/tool/bin/uv

# No settings but ours and those of the machine: indexes and proxies come through the environment.
# Files are linked to uv's cache where that can be done: copies of them take seconds.
export UV_NO_CONFIG=1 UV_NO_PROJECT=1 UV_NO_PROGRESS=1
unset UV_PROJECT_ENVIRONMENT VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME

"$uv" venv --quiet --no-project --python '>=3.11,<3.14' venv
if [ -d venv/Scripts ]; then python=$folder/venv/Scripts/python.exe; else python=$folder/venv/bin/python; fi
# Wheels only: a library's build script never runs here.
"$uv" pip install --quiet --python "$python" --require-hashes --no-build \
  -r "$action/action/locks/$command.txt"
# What the command imports is compiled on another core while our own wheel is built.
case $command in
  check | package | site) imports='pandas, pyarrow, pydantic, xarray' ;;
  comment) imports='github, pydantic' ;;
  *) imports='boto3, github, pydantic' ;;
esac
"$python" -I -c "import $imports" &
"$uv" pip install --quiet --python "$python" --no-deps --no-build-isolation --no-index "$action"
wait $! || fail "what was installed does not start"

{
  printf 'python=%s\n' "$python"
  printf 'folder=%s\n' "$folder/work"
} >> "$GITHUB_OUTPUT"
