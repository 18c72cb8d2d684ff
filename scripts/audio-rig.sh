#!/bin/bash
# A sound card made of nothing, for tests: every person gets a virtual microphone and a virtual speaker on a sound
# server of their own, which no hardware, no systemd and no other program of the machine has a part in.
#
#   eval "$(scripts/audio-rig.sh start FOLDER alice bob)"   starts it; exports PULSE_SERVER and ALSA_CONFIG_PATH
#   PULSE_SOURCE=mic_alice.monitor PULSE_SINK=spk_alice dist/holler --name alice
#   dist/holler --name alice --input-device mic_alice --output-device spk_alice      the same, by name
#   pacat --device=mic_alice …                              alice says something (use --latency-msec=200)
#   parec --device=spk_bob.monitor …                        what bob hears
#   pactl unload-module …; scripts/audio-rig.sh plug FOLDER mic_alice      a device is taken away, and is there again
#   scripts/audio-rig.sh stop FOLDER                        ends what start started, by process id
#
# RIG_SERVER chooses the sound server: pulse (default) or pipewire. RIG_QUANTUM is how many samples PipeWire handles
# at a time: 480 (default) is 10 ms; 1024 is what it uses wherever it recognises a virtual machine.
# Debian packages: pulseaudio pulseaudio-utils libasound2-plugins espeak-ng sox
#   and for pipewire: pipewire pipewire-pulse wireplumber dbus-daemon (not pipewire-alsa: it would remove pulseaudio)
set -euo pipefail

main() {
  local command=${1:-} folder=${2:-}
  [ -n "$folder" ] || usage
  mkdir -p "$folder"
  folder=$(realpath "$folder")
  shift 2
  case $command in
    start) start "$folder" "$@" ;;
    plug) add_sink "$1" ;;
    stop) stop "$folder" ;;
    *) usage ;;
  esac
}

usage() {
  echo "usage: audio-rig.sh start FOLDER NAME... | plug FOLDER DEVICE | stop FOLDER" >&2
  exit 2
}

start() {
  local folder=$1
  shift
  [ $# -gt 0 ] || usage
  [ ! -e "$folder/pids" ] || fail "a rig runs in $folder already: stop it first"
  chmod 700 "$folder"
  # Whatever the caller's desktop says about sound must not lead out of the rig.
  unset PULSE_SERVER PULSE_SINK PULSE_SOURCE PULSE_LATENCY_MSEC DISPLAY ALSA_CONFIG_PATH

  case ${RIG_SERVER:-pulse} in
    pulse) start_pulse "$folder" ;;
    pipewire) start_pipewire "$folder" ;;
    *) fail "unknown sound server ${RIG_SERVER}" ;;
  esac
  wait_for "the sound server" pactl info

  local name
  for name; do
    add_sink "mic_$name"
    add_sink "spk_$name"
  done
  # PipeWire knows a new device a moment later.
  wait_for "the speaker" pactl set-default-sink "spk_$1"
  wait_for "the microphone" pactl set-default-source "mic_$1.monitor"

  # Devices that lead to the sound server, the default and those of each person by name: nothing else is probed,
  # which would take half a second and 75 lines.
  {
    echo 'pcm.!default { type pulse hint { show on description "default" } }'
    echo 'ctl.!default { type pulse }'
    for name; do
      add_pcm "mic_$name" capture "mic_$name.monitor"
      add_pcm "spk_$name" playback "spk_$name"
    done
  } >"$folder/alsa.conf"
  echo "export PULSE_SERVER=$PULSE_SERVER ALSA_CONFIG_PATH=$folder/alsa.conf"
}

start_pulse() {
  local folder=$1 socket=$1/native
  rm -f "$socket"
  mkdir -p "$folder/runtime" "$folder/state"
  # A stream ends with its device, and is not moved to another.
  echo "rescue-streams = no" >"$folder/daemon.conf"
  export HOME=$folder PULSE_RUNTIME_PATH=$folder/runtime PULSE_STATE_PATH=$folder/state
  export PULSE_CONFIG=$folder/daemon.conf
  begin "$folder" pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --log-target=stderr \
    -L "module-native-protocol-unix socket=$socket auth-anonymous=1"
  export PULSE_SERVER=unix:$socket
}

start_pipewire() {
  local folder=$1 quantum=${RIG_QUANTUM:-480}
  rm -rf "$folder"/{bus,pulse} "$folder"/pipewire-0*
  mkdir -p "$folder/config/pipewire/pipewire.conf.d" "$folder/config/pipewire/pipewire-pulse.conf.d" "$folder/state"
  echo "context.properties = {
    default.clock.rate = 48000 default.clock.quantum = $quantum
    default.clock.min-quantum = $quantum default.clock.max-quantum = $quantum
    vm.overrides = { default.clock.min-quantum = $quantum }
  }" >"$folder/config/pipewire/pipewire.conf.d/rig.conf"
  echo "pulse.properties = {
    pulse.min.quantum = $quantum/48000
    vm.overrides = { pulse.min.quantum = $quantum/48000 }
  }" >"$folder/config/pipewire/pipewire-pulse.conf.d/rig.conf"
  export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder/config XDG_STATE_HOME=$folder/state

  begin "$folder" pipewire
  wait_for "PipeWire" test -S "$folder/pipewire-0"
  # WirePlumber ends without a session bus.
  begin "$folder" dbus-daemon --session --nofork --nopidfile "--address=unix:path=$folder/bus"
  wait_for "the session bus" test -S "$folder/bus"
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$folder/bus
  begin "$folder" wireplumber
  begin "$folder" pipewire-pulse
  # What is made before WirePlumber is there is linked to nothing.
  wait_for "WirePlumber" has_wireplumber
  export PULSE_SERVER=unix:$folder/pulse/native
}

has_wireplumber() {
  pw-cli ls Client | grep -q WirePlumber
}

# Starts a program and notes its process id, the sound server's first of all. It is in a session of its own, to which the
# kernel gives processor time as to one unit (sched(7), autogroups): a sound server that waits for other work tears what it
# plays, which no program can mend. Without the right to raise the priority it stays as it is.
begin() {
  local folder=$1
  shift
  setsid bash -c '{ echo -20 >/proc/self/autogroup; } 2>/dev/null; exec "$@"' begin "$@" >>"$folder/log" 2>&1 </dev/null &
  echo $! >>"$folder/pids"
}

# Without norewinds the monitor of a null sink of PulseAudio lags behind by 0.2 to 2 seconds; PipeWire ignores it.
add_sink() {
  pactl load-module module-null-sink "sink_name=$1" rate=48000 channels=1 channel_map=mono norewinds=1 >/dev/null
}

# One direction only, as microphones and speakers are.
add_pcm() {
  echo "pcm.$1 { type asym $2.pcm { type pulse device \"$3\" } hint { show on description \"$1\" } }"
}

stop() {
  local folder=$1 pid
  [ -e "$folder/pids" ] || exit 0
  while read -r pid; do
    kill "$pid" 2>/dev/null || continue
    gone "$pid" || kill -9 "$pid" 2>/dev/null || true
  done < <(tac "$folder/pids")
  rm -f "$folder/pids"
}

gone() {
  for _ in $(seq 50); do
    kill -0 "$1" 2>/dev/null || return 0
    grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null && return 0
    sleep 0.02
  done
  return 1
}

wait_for() {
  local what=$1
  shift
  for _ in $(seq 250); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.02
  done
  fail "$what did not come up"
}

fail() {
  echo "audio-rig: $1" >&2
  exit 1
}

main "$@"
