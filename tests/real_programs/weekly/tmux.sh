#!/bin/bash
# A server with windows and panes that run shells, and what they show.
# needs: tmux
# privileged: utempter
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
export TERM=screen TMUX_TMPDIR=$PWD
t() { tmux -L test -f /dev/null "$@"; }
t new-session -d -s one -x 100 -y 30 'sh'
for i in {1..6}; do t new-window -t one "sh -c 'seq $((i * 100)); touch done$i; exec sleep 1000'"; done
t split-window -t one:1 'exec sleep 1000'
for i in {1..6}; do wait_until test -e "done$i"; done
sleep 0.5
t list-windows -t one -F '#{window_index} #{window_panes}'
t capture-pane -p -t one:3 | tail -n 5
t set-buffer -b x "$(seq 100)" && t show-buffer -b x | md5sum
t kill-server
echo "ended $?"
