#!/bin/sh
# usage: sh guardian.sh <grace seconds> <command> [argument…]
#
# Runs the command so that it cannot outlive whoever started it, however that one dies. Standard input is a
# pipe whose other end only the starter holds: the kernel closes it with the starter's death, kill -9 included.
# To be started as leader of a process group of its own. The command takes over this process (and its id), the
# watcher stays beside it in the group, so the group's id cannot become another process's meanwhile.
grace_seconds=$1
shift

# A command in the background has no standard input, so the pipe gets another number first.
exec 3<&0 </dev/null
(
  trap '' HUP INT TERM
  while read -r _; do :; done <&3

  kill -s TERM -- "-$$" 2>/dev/null
  tenths=$((grace_seconds * 10))
  while [ "$tenths" -gt 0 ] && kill -0 "$$" 2>/dev/null; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL -- "-$$" 2>/dev/null
) &
exec "$@" 3<&-
