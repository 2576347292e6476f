#!/bin/bash
# Runs as root under systemd as pid 1, with gobind installed and gobind-kernel.service,
# gobind-kernel.path and gobind-kernel-watch.service enabled before this system was
# booted, and tells on standard output what it saw; the last line is "done" if all was
# as it should be.
set -euo pipefail

die() {
	echo "FAIL: $*"
	systemctl --no-pager --full status 'gobind-kernel*' || true
	journalctl --no-pager -o short-precise -u 'gobind-kernel*' | tail -n 40
	gobindctl kernel status || true
	exit 1
}

# until_true SECONDS COMMAND...: waits for the command to succeed.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# bind.pl PORT [COUNT]: binds the port of 127.0.0.1, and closes it, so often.
cat >/bind.pl <<'END'
use Socket;
my ($port, $count) = @ARGV;
for (1 .. $count || 1) {
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
	bind($s, sockaddr_in($port, INADDR_LOOPBACK)) or die "$!\n";
}
END
as() { setpriv --reuid="$1" --regid="$1" --init-groups perl /bind.pl "${@:2}"; }
refused() { ! as "$@" 2>/dev/null; }
gets() { until_true 60 as "$1" "$2" || die "$1 does not get port $2: $3"; echo "$3"; }
loses() { until_true 60 refused "$1" "$2" || die "$1 has port $2: $3"; echo "$3"; }
is() { [ "$(systemctl show -P "$2" "$1")" = "$3" ] || die "$1: $2 is $(systemctl show -P "$2" "$1"), want $3"; }

# From boot on.
for unit in gobind-kernel.service gobind-kernel.path gobind-kernel-watch.service; do is $unit ActiveState active; done
[ -z "$(journalctl -b -o cat | grep -i 'ordering cycle')" ] || die "an ordering cycle"
systemctl show -P Before gobind-kernel.service | grep -q network-pre.target || die "not before the network"
refused alice 80 || die "alice has port 80 from the start"
echo "booted with it"

# Rules: a new file, one that is written to, one that is replaced, by gobindctl.
echo 'permit alice tcp *:80' >/etc/gobind/rules.d/a.rules
gets alice 80 "a new file of rules"
echo 'permit alice tcp *:81' >>/etc/gobind/rules.d/a.rules
gets alice 81 "a file of rules that was written to"
sed -i s/81/82/ /etc/gobind/rules.d/a.rules
gets alice 82 "a file of rules that was replaced"
loses alice 81 "and what it said before"
gobindctl permit alice tcp '*:83' >/dev/null
gets alice 83 "gobindctl permit"
chmod o+w /etc/gobind/rules.d/a.rules
loses alice 80 "a file of rules that others may write"
chmod o-w /etc/gobind/rules.d/a.rules
gets alice 80 "a file of rules that only root may write"

# Trees.
install -o alice -m 500 /dev/null /etc/gobind/byport/84
gets alice 84 "byport"
chmod 400 /etc/gobind/byport/84
loses alice 84 "byport, of another mode"
install -o alice -m 500 /dev/null /etc/gobind/byaddr/127.0.0.1,85
gets alice 85 "byaddr"
echo 127.0.0.1,86 >"/etc/gobind/byuid/$(id -u alice)"
gets alice 86 "byuid"
mkdir -p /etc/authbind/byport
gets alice 86 "authbind's directory, made now"
install -o alice -m 500 /dev/null /etc/authbind/byport/87
gets alice 87 "authbind's byport"

# Users and groups.
echo 'permit carol tcp *:88' >/etc/gobind/rules.d/b.rules
echo 'permit :web tcp *:89' >>/etc/gobind/rules.d/b.rules
useradd -u 1003 carol
gets carol 88 "a user that there was not"
groupadd web
usermod -aG web carol
gets carol 89 "a group that there was not, and a member"
gpasswd -d carol web >/dev/null
loses carol 89 "a member that is none any more"

# Two changes in a row, however close: the second one counts.
for i in $(seq 1 15); do
	echo 'permit alice tcp *:90' >/etc/gobind/rules.d/c.rules
	sleep "0.$(printf %02d $((i * 6)))"
	echo 'permit alice tcp *:91' >/etc/gobind/rules.d/c.rules
	until_true 60 as alice 91 || die "the second change, $((i * 60)) ms after the first, does not count"
	echo '# none' >/etc/gobind/rules.d/c.rules
	until_true 60 refused alice 91 || die "the third change does not count"
done
echo "changes that come close"
until_true 60 gobindctl kernel status || die "policy is not what was loaded last"

# The journal has what happened, by the kernel's word, and all of it.
refused alice 99 || die "alice has port 99"
recorded() { journalctl --sync; gobindctl log -n 0 --port=99 --verdict=deny | grep -q 'deny .*alice.* perl.*no-rule (kernel)'; }
until_true 60 recorded || die "no record of port 99: $(gobindctl log -n 0 --port=99)"
! gobindctl log -n 0 --port=99 | grep -q FORGED || die "a record is said to be forged: $(gobindctl log -n 0 --port=99)"
gobindctl log --port=80 --verdict=permit | grep -q alice || die "no record of port 80"
text='verdict=permit uid=0 gid=0 protocol=tcp address="::" port=98 reason=policy pid=1 program="x"'
setpriv --reuid=alice --regid=alice --init-groups systemd-cat -t gobind-kernel -p notice echo "$text"
setpriv --reuid=alice --regid=alice --init-groups logger -t gobind-kernel -p authpriv.notice "$text" 2>/dev/null || true
forged() { journalctl --sync; gobindctl log --port=98 | grep -q 'permitFORGED'; }
until_true 60 forged || die "a forgery is not told: $(gobindctl log --port=98)"
! gobindctl log --port=98 | grep -q 'permit ' || die "a forgery is believed: $(gobindctl log --port=98)"
echo "records, and forgeries told"
gobindctl permit alice tcp '*:97' >/dev/null
gets alice 97 "a port for many binds"
before=$(journalctl -o cat -t gobind-kernel | grep -c ' port=97 .*permit\|permit.* port=97 ')
as alice 97 10000
counted() {
	journalctl --sync
	seen=$(journalctl -o cat -t gobind-kernel | grep -c 'permit.* port=97 ') || true
	lost=$(journalctl -o cat -t gobind-kernel | sed -n 's/.* lost=//p' | tail -n 1)
	[ $((seen + ${lost:-0})) -ge $((before + 10000)) ]
}
until_true 120 counted || die "of 10000 binds $((seen - before)) are recorded and ${lost:-0} were counted as lost"
echo "10000 binds: $((seen - before)) records, ${lost:-0} lost"

# Started again, reloaded, stopped; the others with it.
systemctl reload gobind-kernel.service || die "it does not reload"
systemctl restart gobind-kernel.service || die "it does not start again"
as alice 80 || die "started again, and alice has no port 80"
until_true 60 systemctl -q is-active gobind-kernel-watch.service || die "nobody watches after a restart"
systemctl -q is-active gobind-kernel.path || die "nobody looks at policy after a restart"
systemctl disable --now gobind-kernel.service gobind-kernel.path gobind-kernel-watch.service 2>/dev/null
for unit in gobind-kernel.service gobind-kernel.path gobind-kernel-watch.service; do is $unit ActiveState inactive; done
refused alice 80 || die "stopped, and alice has port 80"
[ ! -e /sys/fs/bpf/gobind ] && [ ! -e /run/gobind/kernel ] || die "something is left"
[ -z "$(systemctl list-units --failed --no-legend 'gobind-kernel*')" ] || die "a unit failed"
echo "stopped, with nothing left"
echo done
