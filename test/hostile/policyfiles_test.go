package hostile

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// policyCase is a state of the policy directories, which root's script makes, and
// what becomes of Alice's bind. The script has ALICE, her home, in its environment.
type policyCase struct {
	script string
	addr   string        // 127.0.0.1:80 if empty
	want   helper.Reason // ReasonAccess and ReasonLine are permissions
	permit bool          // and ReasonRule is, if so
	source string        // what the audit record names, if anything
}

// inPolicy runs a script of root's below /etc/gobind.
func inPolicy(t *testing.T, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-euc", "umask 022; cd /etc/gobind; "+script)
	cmd.Env = append(cmd.Environ(), "ALICE="+testenv.Alice.Home())
	kit.MustRun(t, cmd)
}

// emptied empties the policy directories and makes them anew.
const emptied = `if mountpoint -q byport; then umount byport; fi; rm -rf by* rules.d all hers /etc/authbind; chown 0:0 .; chmod 755 .
mkdir byport byaddr byuid rules.d
`

// restorePolicy does the same when a test has ended.
func restorePolicy(t *testing.T) {
	t.Helper()
	inPolicy(t, emptied)
}

// runPolicyCases tries each case with a helper of its own and reads the audit record.
func runPolicyCases(t *testing.T, cases map[string]policyCase) {
	testenv.Install(t)
	log := testenv.StartSyslog(t)
	t.Cleanup(func() { restorePolicy(t) })
	for name, c := range cases {
		inPolicy(t, emptied+c.script)
		addr := kit.Port80
		if c.addr != "" {
			addr = netip.MustParseAddrPort(c.addr)
		}
		pid, reply := judged(t, testenv.Alice, addr) // which does not wait for ever
		permit := c.want == helper.ReasonAccess || c.want == helper.ReasonLine || c.permit
		if reply.Reason != c.want || reply.Bound() != permit {
			t.Errorf("%s: reply %+v, want reason %d", name, reply, c.want)
		}
		wantRecord(t, log, name, pid, permit, c.source)
	}
}

// judged asks a helper of its own for a bind of u's, and returns its pid and reply.
// A success that is none, or none that is one, is the test's failure.
func judged(t *testing.T, u testenv.User, addr netip.AddrPort) (int, helper.Reply) {
	t.Helper()
	p, channel := called(t, u, plainly)
	if status := kit.Hello(t, channel); status != helper.StatusReady {
		t.Fatalf("status %d", status)
	}
	sock := kit.TCPSocket(t)
	defer unix.Shutdown(channel, unix.SHUT_RDWR) //nolint:errcheck // it ends thereby
	reply := kit.Exchange(t, channel, kit.Request(1, addr), sock)
	if reply.Bound() != kit.IsBound(t, sock) {
		t.Errorf("reply %+v, and the socket is bound: %v", reply, kit.IsBound(t, sock))
	}
	unbind(t, sock)
	return p.Cmd.Process.Pid, reply
}

// unbind frees the address of a socket, whose descriptor is closed when the test
// ends.
func unbind(t *testing.T, sock int) {
	t.Helper()
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null) //nolint:errcheck // a copy stays
	if err := unix.Dup3(null, sock, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
}

// wantRecord waits for the one record of the helper and compares its verdict, and
// that it names the source.
func wantRecord(t *testing.T, log *testenv.Syslog, name string, pid int, permit bool, source string) {
	t.Helper()
	verdict := map[bool]string{false: "<84>", true: "<85>"}[permit]
	kit.Eventually(t, func() error {
		records := log.Records(fmt.Sprintf("gobind-helper[%d]:", pid))
		if len(records) != 1 {
			return fmt.Errorf("%s: %d records: %q", name, len(records), records)
		}
		if !strings.Contains(records[0], verdict) || source != "" && !strings.Contains(records[0], `source="`+source) {
			t.Errorf("%s: record %q, want %s and source %s", name, records[0], verdict, source)
		}
		return nil
	})
}

// permitBob is policy for Bob, and of Alice's ways to it.
const permitBob = `echo 127.0.0.1,80 >byuid/61002; rm -f /tmp/way "$ALICE/way"; `

const byuidFile = "/etc/gobind/byuid/61001"

// F1: policy that somebody else than root could write does not count, and the audit
// record says which it was. What root shares with a link is root's word.
func TestF1UnsafeFiles(t *testing.T) {
	runPolicyCases(t, map[string]policyCase{
		"as it should be":           {script: "echo 127.0.0.1,80 >byuid/61001", want: helper.ReasonLine, source: byuidFile},
		"Alice's file":              {script: "echo 127.0.0.1,80 >byuid/61001; chown 61001 byuid/61001", want: helper.ReasonUnsafe, source: byuidFile},
		"Alice's file, read only":   {script: "echo 127.0.0.1,80 >byuid/61001; chown 61001 byuid/61001; chmod 400 byuid/61001", want: helper.ReasonError, source: byuidFile},
		"group-writable":            {script: "echo 127.0.0.1,80 >byuid/61001; chmod 664 byuid/61001", want: helper.ReasonUnsafe, source: byuidFile},
		"world-writable":            {script: "echo 127.0.0.1,80 >byuid/61001; chmod 646 byuid/61001", want: helper.ReasonUnsafe, source: byuidFile},
		"writable by an ACL":        {script: "echo 127.0.0.1,80 >byuid/61001; setfacl -m u:61001:rw byuid/61001", want: helper.ReasonUnsafe, source: byuidFile},
		"in a group's directory":    {script: "echo 127.0.0.1,80 >byuid/61001; chmod 775 byuid", want: helper.ReasonUnsafe, source: byuidFile},
		"in the world's directory":  {script: "echo 127.0.0.1,80 >byuid/61001; chmod 1777 byuid", want: helper.ReasonUnsafe, source: byuidFile},
		"in Alice's directory":      {script: "echo 127.0.0.1,80 >byuid/61001; chown 61001 byuid", want: helper.ReasonUnsafe, source: byuidFile},
		"all of it Alice's":         {script: "echo 127.0.0.1,80 >byuid/61001; chown 61001 .", want: helper.ReasonUnsafe, source: "/etc/gobind"},
		"all of it the world's":     {script: "touch byport/80; chmod 755 byport/80; chmod 777 .", want: helper.ReasonUnsafe, source: "/etc/gobind"},
		"a link into Alice's home":  {script: `echo 127.0.0.1,80 >"$ALICE/rules"; chown 61001 "$ALICE/rules"; ln -s "$ALICE/rules" byuid/61001`, want: helper.ReasonUnsafe, source: byuidFile},
		"a link through her home":   {script: permitBob + `ln -s /etc/gobind/byuid/61002 "$ALICE/way"; chown -h 61001 "$ALICE/way"; ln -s "$ALICE/way" byuid/61001`, want: helper.ReasonUnsafe, source: byuidFile},
		"root's link in her home":   {script: permitBob + `ln -s /etc/gobind/byuid/61002 "$ALICE/way"; ln -s "$ALICE/way" byuid/61001`, want: helper.ReasonUnsafe, source: byuidFile},
		"her link in /tmp":          {script: permitBob + `ln -s /etc/gobind/byuid/61002 /tmp/way; chown -h 61001 /tmp/way; ln -s /tmp/way byuid/61001`, want: helper.ReasonUnsafe, source: byuidFile},
		"root's link in /tmp":       {script: permitBob + `ln -s /etc/gobind/byuid/61002 /tmp/way; ln -s /tmp/way byuid/61001`, want: helper.ReasonLine, source: byuidFile},
		"a tree through her home":   {script: `mkdir -p all/byport; touch all/byport/80; chmod 755 all/byport/80; ln -sfn /etc/gobind/all "$ALICE/tree"; ln -s "$ALICE/tree" /etc/authbind`, want: helper.ReasonUnsafe, source: "/etc/authbind"},
		"links of root's, far":      {script: "mkdir -p all/a/b; echo 127.0.0.1,80 >all/a/b/f; ln -s //etc/gobind/all/./a/ all/l; ln -s ../all/l/b/../b/f byuid/61001", want: helper.ReasonLine, source: byuidFile},
		"through a world's":         {script: "mkdir -p all/a; chmod 777 all; echo 127.0.0.1,80 >all/a/f; ln -s ../all/a/f byuid/61001; ln -s x all/link", want: helper.ReasonUnsafe, source: byuidFile},
		"byuid in Alice's home":     {script: `mkdir -p "$ALICE/byuid"; chown 61001 "$ALICE/byuid"; echo 127.0.0.1,80 >"$ALICE/byuid/61001"; rmdir byuid; ln -s "$ALICE/byuid" byuid`, want: helper.ReasonUnsafe, source: byuidFile},
		"byport in Alice's home":    {script: `mkdir -p "$ALICE/byport"; chown 61001 "$ALICE/byport"; touch "$ALICE/byport/80"; chmod 755 "$ALICE/byport/80"; rmdir byport; ln -s "$ALICE/byport" byport`, want: helper.ReasonUnsafe, source: "/etc/gobind/byport/80"},
		"a magic link":              {script: "ln -s /proc/self/root/etc/gobind/all byuid/61001; echo 127.0.0.1,80 >all", want: helper.ReasonRestart}, // no helper ever reads it
		"a hard link of Alice's":    {script: `echo 127.0.0.1,80 >hers; chown 61001 hers; ln hers byuid/61001; rm hers`, want: helper.ReasonUnsafe, source: byuidFile},
		"a hard link of root's":     {script: `echo 127.0.0.1,80 >byuid/all; ln byuid/all byuid/61001`, want: helper.ReasonLine, source: byuidFile},
		"a link of root's to its":   {script: `echo 127.0.0.1,80 >byuid/all; ln -s all byuid/61001`, want: helper.ReasonLine, source: byuidFile},
		"byport in group's":         {script: "touch byport/80; chmod 755 byport/80; chmod 775 byport", want: helper.ReasonUnsafe, source: "/etc/gobind/byport/80"},
		"byaddr in Alice's":         {script: "touch byaddr/127.0.0.1,80; chmod 755 byaddr/*; chown 61001 byaddr", want: helper.ReasonUnsafe, source: "/etc/gobind/byaddr/127.0.0.1:80"},
		"authbind's, Alice's":       {script: "mkdir -p /etc/authbind/byuid; echo 127.0.0.1,80 >/etc/authbind/byuid/61001; chown 61001 /etc/authbind/byuid/61001", want: helper.ReasonUnsafe, source: "/etc/authbind/byuid/61001"},
		"unsafe here, good there":   {script: "echo 127.0.0.1,80 >byuid/61001; chmod 666 byuid/61001; mkdir -p /etc/authbind/byport; touch /etc/authbind/byport/80; chmod 755 /etc/authbind/byport/80", want: helper.ReasonUnsafe, source: byuidFile},
		"x on a file that is hers":  {script: "install -o 61001 -m 777 /dev/null byport/80", want: helper.ReasonAccess, source: "/etc/gobind/byport/80"},
		"another's file, unsafe":    {script: "echo 127.0.0.1,80 >byuid/61002; chmod 666 byuid/61002", want: helper.ReasonNoRule},
		"upper half, other is good": {script: "echo 127.0.0.1,80 >byuid/61001; echo 127.0.0.1,600 >'byuid/!61001'; chmod 666 'byuid/!61001'", addr: "127.0.0.1:600", want: helper.ReasonUnsafe, source: "/etc/gobind/byuid/!61001"},
	})
}

// F2: what is no regular file of bounded size is not read, and nothing waits for it.
func TestF2NotFiles(t *testing.T) {
	cases := map[string]policyCase{
		"a /proc file of content": {script: "ln -s /proc/version byuid/61001", want: helper.ReasonError},
		"an endless /proc file":   {script: "ln -s /proc/kmsg byuid/61001", want: helper.ReasonError},
		"10 GB":                   {script: "echo 127.0.0.1,80 >byuid/61001; truncate -s 10G byuid/61001", want: helper.ReasonError},
		"1 MiB and one":           {script: "echo 127.0.0.1,80 >byuid/61001; truncate -s 1048577 byuid/61001", want: helper.ReasonError},
		"1 MiB":                   {script: "echo 127.0.0.1,80 >byuid/61001; truncate -s 1048576 byuid/61001", want: helper.ReasonLine},
		"a dangling link":         {script: "ln -s nowhere byuid/61001", want: helper.ReasonNoRule},
		"a link to itself":        {script: "ln -s 61001 byuid/61001", want: helper.ReasonError},
		"byuid is a file":         {script: "rmdir byuid; touch byuid", want: helper.ReasonError},
		"byuid is a FIFO":         {script: "rmdir byuid; mkfifo byuid", want: helper.ReasonError},
		"byport is a file":        {script: "rmdir byport; install -m 755 /dev/null byport", want: helper.ReasonError},
	}
	for what, script := range map[string]string{
		"FIFO": "mkfifo FILE", "directory": "mkdir -m 644 FILE", "zero": "mknod FILE c 1 5", "full": "mknod FILE c 1 7", "null": "mknod FILE c 1 3",
		"tty": "mknod FILE c 5 0", "disk": "mknod FILE b 1 0",
		"socket": `python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("FILE")'; chmod 644 FILE`,
	} {
		cases["byuid: "+what] = policyCase{script: strings.ReplaceAll(script, "FILE", "byuid/61001"), want: helper.ReasonError}
		cases["byport: "+what] = policyCase{script: strings.ReplaceAll(script, "FILE", "byport/80"), want: helper.ReasonNotExecutable}
		cases["byaddr: "+what] = policyCase{script: strings.ReplaceAll(script, "FILE", "byaddr/127.0.0.1,80"), want: helper.ReasonNotExecutable}
	}
	runPolicyCases(t, cases)
}

// F3: what cannot be parsed permits nothing, whatever stands beside it. A NUL ends a
// line, as for authbind.
func TestF3Unparsable(t *testing.T) {
	cases := map[string]policyCase{
		"good beside bad": {script: `printf 'x\n\377\n0.0.0.0/0,80-\n127.0.0.1,80\n' >byuid/61001`, want: helper.ReasonLine},
		"CRLF":            {script: `printf '127.0.0.1,80\r\n' >byuid/61001`, want: helper.ReasonLine},
		"a NUL behind":    {script: `printf '127.0.0.1,80\0 x\n' >byuid/61001`, want: helper.ReasonLine},
	}
	lines := `\357\273\277127.0.0.1,80\n`
	for _, line := range []string{
		``, `\0127.0.0.1,80`, `127.0.0.1,\00080`, `127.0\0.0.1,80`, `x\r127.0.0.1,80\r`, `\r127.0.0.1,80`,
		`127.0.0.1,4294967376`, `127.0.0.1,-80`, `127.0.0.1,80-`, `127.0.0.1,0x50`, `127.0.0.1,http`, `127.0.0.1,80 # a comment`,
		`127.0.0.1,80,81`, `127.0.0.1,`, `,80`, `*,80`, `127.0.0.1,*`, `gbalice,80`, `127.0.0.1 80`, `127.0.0.1:80`, ` 127.0.0.1,80`,
		`127.0.0.1,80\377`, `127.0.0.\3001,80`, `127.0.0.1/33,80`, `127.0.0.1/8,80`, `0.0.0.0/-0,80`, `0.0.0.0/4294967296,80`,
		`0x7f000001,80`, `127.1,80`, `0177.0.0.1,80`, `::ffff:127.0.0.1,80`, `127.0.0.2-127.0.0.0,80`, `127.0.0.1-,80`, `127.0.0.1,81-79`,
		`127.0.0.1%%lo,80`, `[127.0.0.1],80`, `0.0.0.0/0:80,80,`, `127.0.0.1/32:4294967376,4294967376`,
	} {
		lines += line + `\n`
	}
	cases["bad lines"] = policyCase{script: "printf '" + lines + "' >byuid/61001", want: helper.ReasonNoRule} // else the record has the line
	cases["1 MB line"] = policyCase{
		script: `(head -c 1000000 /dev/zero | tr '\0' x; echo 127.0.0.1,80) >byuid/61001`, want: helper.ReasonNoRule,
	}
	names := ""
	for _, name := range []string{"080", "80 ", "+80", "0x50", "http", "4294967376", "80.", "!80"} {
		names += " 'byport/" + name + "'"
	}
	for _, name := range []string{"127.1,80", "127.0.0.1,080", "::ffff:127.0.0.1,80", "127.0.0.1", "0.0.0.0,80", "127.0.0.1;80"} {
		names += " 'byaddr/" + name + "'"
	}
	cases["bad names"] = policyCase{script: "touch" + names + "; chmod 755 by*/*", want: helper.ReasonNoRule}
	runPolicyCases(t, cases)
}

// F6: the x bit counts as the kernel says, by whatever way Alice has it.
func TestF6Executable(t *testing.T) {
	const file = "/etc/gobind/byport/80"
	runPolicyCases(t, map[string]policyCase{
		"by ACL":              {script: "install -m 600 /dev/null byport/80; setfacl -m u:61001:x byport/80", want: helper.ReasonAccess, source: file},
		"by ACL of her group": {script: "install -m 600 /dev/null byport/80; setfacl -m g:61010:x byport/80", want: helper.ReasonAccess, source: file},
		"by a masked ACL":     {script: "install -m 600 /dev/null byport/80; setfacl -m u:61001:x,m::r byport/80", want: helper.ReasonNotExecutable, source: file},
		"by ACL of Bob":       {script: "install -m 600 /dev/null byport/80; setfacl -m u:61002:x byport/80", want: helper.ReasonNotExecutable, source: file},
		"by group":            {script: "install -g 61010 -m 010 /dev/null byport/80", want: helper.ReasonAccess, source: file},
		"by another group":    {script: "install -g 61002 -m 010 /dev/null byport/80", want: helper.ReasonNotExecutable, source: file},
		"all but her group":   {script: "install -g 61010 -m 701 /dev/null byport/80", want: helper.ReasonNotExecutable, source: file},
		"all but her":         {script: "install -o 61001 -m 077 /dev/null byport/80", want: helper.ReasonNotExecutable, source: file},
		"a directory":         {script: "mkdir -m 711 byport/80", want: helper.ReasonAccess, source: file},
		"a FIFO":              {script: "mkfifo -m 711 byport/80", want: helper.ReasonAccess, source: file},
		"setuid and no x":     {script: "install -m 4666 /dev/null byport/80", want: helper.ReasonNotExecutable, source: file},
		"noexec mount": {
			script: "mount -t tmpfs -o noexec,mode=755 tmpfs byport; install -m 755 /dev/null byport/80",
			want:   helper.ReasonNotExecutable, source: file,
		},
		"a directory that she may not search": {script: "touch byport/80; chmod 755 byport/80; chmod 700 byport", want: helper.ReasonNotExecutable, source: file},
		"no x hides the rest":                 {script: "install -m 644 /dev/null byport/80; echo 127.0.0.1,80 >byuid/61001", want: helper.ReasonNotExecutable, source: file},
	})
}
