#!/bin/sh
# What the tests need from the system, beside Python. Missing parts are installed when
# we may (root on Debian), else named. With CI=true a missing part is a failure.
set -eu

# command        Debian package
parts='
openssl          openssl
git              git
cc               gcc libc6-dev
initdb           postgresql
sshd             openssh-server
ssh-keygen       openssh-client
sftp             openssh-client
chromium         chromium fonts-dejavu-core
'

# Debian keeps the programs of servers out of the PATH. A PostgreSQL of one's own will do
# as well.
for folder in /usr/sbin /usr/lib/postgresql/*/bin; do
    PATH="$PATH:$folder"
done
[ -z "${TEST_DATABASE_URL:-}" ] || parts=$(echo "$parts" | grep -v postgresql)

missing=$(echo "$parts" | while read -r command package; do
    [ -z "$command" ] || command -v "$command" >/dev/null 2>&1 || echo "$package"
done)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086  # one word for each package
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $missing; } </dev/null >/dev/null &&
        exit 0
fi

echo "The tests need, and this system lacks:" $missing >&2
[ "${CI:-}" != true ]
