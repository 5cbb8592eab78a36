#!/usr/bin/env bash
# Installs what the interop tests run imbench against: the npm packages of the
# lock files, and as root Prosody, Chromium and what builds a network (iproute2,
# nftables, conntrack) from Debian. It does again only what is missing, and says
# what it could not get: the tests that need it are then skipped, with the same
# words (in CI they fail).
set -uo pipefail
cd "$(dirname "$0")/.."

lacks() { echo "interop: $*" >&2; }

# install DIR: the npm packages of DIR's lock file, unless they are there.
install() {
	local dir=$1 mark=$1/node_modules/.imbench-lock
	cmp -s "$dir/package-lock.json" "$mark" && return
	if ! command -v npm >/dev/null; then
		lacks "no npm here: the tests with real servers from npm will be skipped"
		return
	fi
	echo "installing the npm packages of $dir" >&2
	if npm ci --prefix "$dir" --silent --no-audit --no-fund --ignore-scripts >&2; then
		cp "$dir/package-lock.json" "$mark"
	else
		lacks "npm ci failed in $dir: the tests that need it will be skipped"
	fi
}

# need COMMAND PACKAGE...: install the Debian packages when COMMAND is missing.
need() {
	local cmd=$1
	shift
	command -v "$cmd" >/dev/null && return
	if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
		echo "installing $*" >&2
		# RUNLEVEL=1: nothing is started as a service.
		if [ -z "${updated:-}" ]; then apt-get -qq update >&2 && updated=1; fi
		RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
			apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >/dev/null 2>&1
	fi
	command -v "$cmd" >/dev/null || lacks "no $cmd here (Debian: $*): the tests that need it will be skipped"
}

need node nodejs npm
for lock in interop/node/package-lock.json testserver/testdata/*/package-lock.json; do
	[ -f "$lock" ] && install "$(dirname "$lock")"
done
need prosody prosody
need chromium chromium
if [ "$(id -u)" -eq 0 ]; then # who else could use them
	need ip iproute2
	need nft nftables
	need conntrack conntrack
fi
exit 0
