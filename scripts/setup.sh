#!/usr/bin/env bash
# Makes this machine ready. It installs only what is missing, says what and why, and is quick when nothing is.
#   scripts/setup.sh build   to compile and run Cenote
#   scripts/setup.sh lint    and to check its style
#   scripts/setup.sh test    to compile it and run every test
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()

say() { printf 'setup: %s\n' "$*"; }

stop() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Shows what a command says only if it fails.
quietly() {
    local words
    words=$("$@" 2>&1) || stop "failed: $*"$'\n'"$words"
}

# want PACKAGE REASON: the package is missing.
want() {
    say "$1 is missing: $2"
    packages+=("$1")
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

look_for_build_tools() {
    has cc || want gcc "compiles SQLite and the cryptography library"
    echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1 || want libc6-dev "the C library's headers, for the same"
    has pkg-config || want pkg-config "finds OpenSSL"
    pkg-config --exists openssl 2>/dev/null || want libssl-dev "OpenSSL's big numbers, for SRP"
    [ -e /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates "downloads from crates.io are checked with it"
    has curl || want curl "fetches the Rust toolchain"
    has git || want git "cargo and the tests call it"
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) has cmake || want cmake "builds the cryptography library on this processor" ;;
    esac
}

look_for_test_tools() {
    has chromium || want chromium "the browser tests drive it"
    has chromedriver || want chromium-driver "drives the browser"
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want postgresql "the tests run on a private cluster of it as well"
    [ -x /usr/sbin/apache2 ] || want apache2-bin "a real relying party: Apache"
    [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] ||
        want libapache2-mod-auth-openidc "Apache's OpenID Connect module"
    has node || want nodejs "a real relying party: openid-client"
    has npm || want npm "installs openid-client, and the real identity providers oidc-provider and emulate"
    has php || want php-cli "runs SimpleSAMLphp, a real SAML identity provider"
    local extension extensions
    extensions=$(php -m 2>/dev/null || true)
    for extension in xml mbstring curl; do
        grep -qx "$extension" <<<"$extensions" || want "php-$extension" "SimpleSAMLphp needs it"
    done
    "$(python)" -c 'import ensurepip, venv' 2>/dev/null || want python3-venv "holds boto3, AWS's own Python client"
}

# The system's own Python, for which python3-venv is made.
python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else echo python3; fi; }

install_packages() {
    [ ${#packages[@]} -gt 0 ] || return 0
    has apt-get || stop "this system has no apt. Install these, or what they are called here, and try again: ${packages[*]}"
    [ "$(id -u)" = 0 ] || has sudo ||
        stop "this needs root, and there is no sudo. Run as root: apt-get install ${packages[*]}"
    say "apt-get install ${packages[*]}"
    quietly as_root apt-get update -qq
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends)
    case " ${packages[*]} " in *" postgresql "*) forbid_system_cluster "${apt[@]}" ;; esac
    quietly as_root "${apt[@]}" "${packages[@]}"
}

# Debian's postgresql starts a server of its own; the tests need the programs only.
forbid_system_cluster() {
    [ ! -e /etc/postgresql-common/createcluster.conf ] || return 0
    quietly as_root "$@" postgresql-common
    as_root sed -i "s/^#\?create_main_cluster.*/create_main_cluster = false/" /etc/postgresql-common/createcluster.conf
}

rust_version() { rustc --version 2>/dev/null | cut -d' ' -f2; }

wanted_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

is_rust_new_enough() {
    has cargo && [ "$(printf '%s\n' "$(wanted_rust)" "$(rust_version)" | sort -V | head -n 1)" = "$(wanted_rust)" ]
}

# The official installer, checked against its published sum (https://rustup.rs).
install_rust() {
    local address folder
    address="https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init"
    say "installing it for this user only, into $HOME/.cargo and $HOME/.rustup, with $address"
    folder=$(mktemp -d)
    curl --proto '=https' --tlsv1.2 -sSf -o "$folder/rustup-init" "$address" -o "$folder/sum" "$address.sha256"
    [ "$(cut -d' ' -f1 <"$folder/sum")" = "$(sha256sum "$folder/rustup-init" | cut -d' ' -f1)" ] ||
        stop "the Rust installer is not what its publisher says it is"
    chmod +x "$folder/rustup-init"
    quietly "$folder/rustup-init" -q -y --profile minimal -c clippy -c rustfmt --no-modify-path
    rm -r "$folder"
}

ensure_rust() {
    export PATH="$HOME/.cargo/bin:$PATH"
    is_rust_new_enough && return
    local found
    found=$(rust_version || true)
    say "Rust $(wanted_rust) or newer is needed (found: ${found:-none}); Debian 12's own is too old"
    if ! has rustup; then
        install_rust
    else
        say "rustup toolchain install stable, for this folder"
        rustup -q toolchain install stable --profile minimal -c clippy -c rustfmt
        rustup -q override set stable
    fi
    hash -r
    is_rust_new_enough || stop "cargo is still missing or older than $(wanted_rust). Install Rust from https://rustup.rs"
}

ensure_lint_tools() {
    local component
    for component in rustfmt clippy; do
        has "cargo-${component/rustfmt/fmt}" && continue
        has rustup || stop "cargo $component is missing. Install it from where your Rust came from"
        say "rustup component add $component"
        rustup -q component add "$component"
    done
}

ensure_node_peers() {
    local major
    major=$(node --version | sed 's/v\([0-9]*\).*/\1/')
    [ "$major" -ge 18 ] || stop "Node.js 18 or newer is needed (found: $(node --version)). See https://nodejs.org"
    [ tests/peers/node_modules/.package-lock.json -nt tests/peers/package-lock.json ] && return
    say "npm ci in tests/peers (openid-client and passport-facebook, relying parties; oidc-provider and emulate," \
        "identity providers; the Node.js that emulate needs)"
    (cd tests/peers && npm ci --ignore-scripts --no-audit --no-fund --silent)
    touch tests/peers/node_modules/.package-lock.json
}

# Unpacked, not installed: the package would bring an Apache and start it.
ensure_simplesamlphp() {
    [ -d /usr/share/simplesamlphp/www ] || [ -d .run/simplesamlphp/usr/share/simplesamlphp/www ] && return
    has apt-get || stop "SimpleSAMLphp, a real SAML identity provider, is missing. Unpack it into .run/simplesamlphp/usr/share/simplesamlphp"
    say "unpacking Debian's simplesamlphp, a real SAML identity provider, into .run/simplesamlphp"
    local folder
    folder=$(mktemp -d)
    chmod 755 "$folder"
    (cd "$folder" && apt-get download -qq simplesamlphp >/dev/null 2>&1) || {
        quietly as_root apt-get update -qq
        (cd "$folder" && quietly apt-get download -qq simplesamlphp)
    }
    mkdir -p .run
    rm -rf .run/simplesamlphp
    dpkg-deb -x "$folder"/simplesamlphp_*.deb .run/simplesamlphp.new
    mv .run/simplesamlphp.new .run/simplesamlphp
    rm -r "$folder"
}

ensure_python_peers() {
    cmp -s tests/peers/requirements.txt .run/venv/requirements.txt && return
    say "pip install into .run/venv (boto3)"
    mkdir -p .run
    "$(python)" -m venv .run/venv
    .run/venv/bin/pip install -q --disable-pip-version-check -r tests/peers/requirements.txt
    cp tests/peers/requirements.txt .run/venv/requirements.txt
}

case "${1:-}" in build | lint | test) ;; *) stop "say one of: build, lint, test" ;; esac
look_for_build_tools
if [ "$1" = test ]; then look_for_test_tools; fi
install_packages
ensure_rust
if [ "$1" = lint ]; then ensure_lint_tools; fi
if [ "$1" = test ]; then
    ensure_node_peers
    ensure_python_peers
    ensure_simplesamlphp
fi
