#!/bin/bash
# Runs as root under systemd as pid 1, with gobind installed from its package and the
# sample units in /etc/systemd/system, and tells on standard output what it saw; the
# last line is "done" if all was as it should be.
set -euo pipefail

die() {
	echo "FAIL: $*"
	for unit in tomcat-user tomcat-user-forking node go-notify; do
		systemctl --no-pager --full status $unit || true
		journalctl --no-pager -o short-precise -u $unit | tail -n 30
	done
	journalctl --no-pager -t gobind-helper | tail -n 20
	exit 1
}

# until_true SECONDS COMMAND...: waits for the command to succeed.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

is() { [ "$(systemctl show -P "$2" "$1")" = "$3" ] || die "$1: $2 is $(systemctl show -P "$2" "$1"), want $3"; }
serves() { until_true 600 curl -sf -o /dev/null "http://127.0.0.1:$1/" || die "nobody serves port $1"; }
free() { until_true 300 bash -c "! ss -Hltn 'sport = :$1' | grep -q ." || die "port $1 is taken"; }
runs() { # UNIT COMM: its main process is alice's, is what gobind started, and has no privilege
	local pid
	pid=$(systemctl show -P MainPID "$1")
	[ "$(cat "/proc/$pid/comm")" = "$2" ] || die "$1: the main process is $(cat "/proc/$pid/comm"), want $2"
	[ "$(stat -c %U "/proc/$pid")" = alice ] || die "$1: the main process is $(stat -c %U "/proc/$pid")'s"
	grep -q '^CapEff:[[:space:]]*0*$' "/proc/$pid/status" || die "$1: the main process has capabilities"
}

for unit in /usr/lib/systemd/system/gobind*; do
	unit=${unit##*/}
	state=$(systemctl is-enabled "$unit") || true
	[[ $state = disabled || $state = static ]] || die "$unit is $state"
	[[ $unit = *@* ]] || is "$unit" LoadState loaded
	[[ $unit = *@* ]] || is "$unit" ActiveState inactive
done
echo "gobind's own units: there, not enabled"

for port in 80 443; do install -o alice -m 500 /dev/null /etc/gobind/byport/$port; done

for unit in tomcat-user tomcat-user-forking; do
	systemctl start $unit || die "$unit does not start"
	serves 80
	is $unit ActiveState active
	runs $unit java
	echo "$unit: started"
	systemctl restart $unit || die "$unit does not restart"
	serves 80
	runs $unit java
	echo "$unit: restarted"
	systemctl stop $unit || die "$unit does not stop"
	is $unit ActiveState inactive
	is $unit Result success
	free 80
	echo "$unit: stopped"
done

systemctl start node
serves 80
runs node node
main=$(systemctl show -P MainPID node)
kill -KILL "$main"
until_true 300 bash -c '[ "$(systemctl show -P NRestarts node)" = 1 ]' || die "node is not started again"
serves 80
[ "$(systemctl show -P MainPID node)" != "$main" ] || die "node was not killed"
echo "node: started, and again after it was killed"
systemctl stop node
free 80
echo "node: stopped"

# However slow this machine is, it fails after so many starts.
mkdir -p /etc/systemd/system/go-notify.service.d
printf '[Unit]\nStartLimitIntervalSec=1h\n' >/etc/systemd/system/go-notify.service.d/limit.conf
systemctl daemon-reload

# Type=notify: when start returns, the port is served.
echo 80 >/home/alice/bin/ports
systemctl start go-notify || die "go-notify does not start"
curl -sf -o /dev/null http://127.0.0.1:80/ || die "go-notify was ready without its port"
is go-notify ActiveState active
runs go-notify server
echo "go-notify: ready"
echo 80 443 >/home/alice/bin/ports
systemctl reload go-notify || die "go-notify does not reload"
serves 443
echo "go-notify: reloaded, with one more port"
echo 80 443 444 >/home/alice/bin/ports
systemctl reload go-notify || true # it fails if the server has ended before it is done
until_true 300 bash -c '[ "$(systemctl show -P NRestarts go-notify)" -ge 1 ]' || die "go-notify goes on without port 444"
until_true 600 bash -c '[ "$(systemctl show -P ActiveState go-notify)" = failed ]' || die "go-notify is $(systemctl show -P ActiveState go-notify)"
echo "go-notify: failed, refused a port"
journalctl --sync
journalctl --no-pager -o cat -u go-notify >/run/journal
grep -q '^gobind: user alice may not bind tcp .*:444: no rule permits it$' /run/journal || die "the journal has no refusal"
grep -q '^gobind: hint: ' /run/journal || die "the journal has no hint"
grep -q '^server: listen tcp :444: bind: permission denied$' /run/journal || die "the journal has no error of the server"
echo "go-notify: the journal of the unit says why"
gobindctl log --port=444 --verdict=deny >/run/records || die "gobindctl log"
grep -q 444 /run/records || die "no audit record of port 444"
gobindctl log --port=443 --verdict=permit | grep -q alice || die "no audit record of port 443"
echo "audit: records in the journal"

# What takes the helper's privilege away is told.
printf '[Service]\nNoNewPrivileges=yes\nRestart=no\n' >/etc/systemd/system/go-notify.service.d/nnp.conf
systemctl daemon-reload
systemctl reset-failed go-notify
echo 80 >/home/alice/bin/ports
! systemctl start go-notify || die "go-notify starts under NoNewPrivileges"
journalctl --sync
journalctl --no-pager -o cat -u go-notify | grep -q 'no_new_privs' || die "the journal does not name no_new_privs"
echo "NoNewPrivileges: told"
echo done
