#!/bin/sh
# Subjects of the commits since the newest tag, oldest first; all of them if there is no tag.
set -eu
last=$(git describe --tags --abbrev=0 2>/dev/null || true)
git log --reverse --format='%h %s' ${last:+"$last"..}HEAD
