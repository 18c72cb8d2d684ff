#!/bin/sh
# Installs what the end-to-end tests need beside Bun: network namespaces, a foreign mDNS peer, virtual sound devices on
# two sound servers, a terminal to drive, a browser, the analyzer of systemd units, and the compiler of the native addon
# and of the bench's load generator. Needs root to install. Debian and Ubuntu. Changes nothing, and takes no time, when
# everything is there.
set -eu

# Not pipewire-alsa: it would remove pulseaudio.
packages="iproute2 util-linux avahi-daemon avahi-utils dbus pulseaudio pulseaudio-utils libasound2-plugins
pipewire pipewire-pulse wireplumber dbus-daemon espeak-ng sox tmux procps openssl python3 systemd g++ libssl-dev
chromium"

if ! command -v dpkg-query >/dev/null; then
  echo "install-rigs.sh knows Debian and Ubuntu only; install the equivalents of:" $packages >&2
  exit 1
fi

missing=""
for package in $packages; do
  state=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "install-rigs.sh needs root to install:$missing" >&2
  exit 1
fi

# Services of these packages must not start: the tests run their own, each in its own namespace.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086
  apt-get install --yes --quiet=2 --no-install-recommends $missing >"$log" 2>&1
}

log=$(mktemp)
# The package lists may be absent or old: fetch them only when the packages cannot be had without.
if ! install; then
  apt-get update --quiet=2 >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  install || { cat "$log" >&2; exit 1; }
fi
rm -f "$log"
echo "installed:$missing"
