#!/bin/sh
# What installing a Debian package would bring in, one a line.
set -eu
apt-get --simulate --no-install-recommends install "$1" | sed -n 's/^Inst \([^ ]*\).*/\1/p'
