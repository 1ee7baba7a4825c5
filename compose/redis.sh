#!/bin/sh
# Made from operator/desired by `npm run generate`. Do not edit.

# The counters see this folder too, and nobody else does. What is cut short is not taken for a password.
cd /run/auth || exit 1
if [ ! -s password ]; then
  tr -dc A-Za-z0-9 </dev/urandom | head -c 43 >unfinished && mv unfinished password || exit 1
fi
echo "requirepass $(cat password)" >auth.conf || exit 1

set -- --dir '/data' --appendonly yes --appendfsync always --aof-load-truncated yes --auto-aof-rewrite-percentage 100 --auto-aof-rewrite-min-size 64mb --save '' --repl-diskless-sync-delay 0 --maxmemory-policy noeviction
data=
for file in /data/appendonlydir/*.aof /data/appendonlydir/*.rdb; do
  case $file in *.1.base.rdb) ;; *) [ -s "$file" ] && data=$file ;; esac
done
if [ -n "$data" ] && [ ! -e /data/appendonlydir/appendonly.aof.manifest ]; then
  aside=/data/lost-$ACCEPTED_LOSS
  if [ -z "$ACCEPTED_LOSS" ] || [ -e "$aside" ]; then
    echo "Redis would begin at 0 and write over what is left: the data in the volume has lost its list of files, /data/appendonlydir/appendonly.aof.manifest" >&2
    exit 1
  fi
  mv /data/appendonlydir "$aside"
fi
exec redis-server /run/auth/auth.conf --maxmemory $((MEMORY_LIMIT / 3)) "$@"
