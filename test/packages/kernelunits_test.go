//go:build clean

package packages

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gobind/internal/kernel"
	"gobind/internal/testenv"
)

// What a container lacks that a machine has: a bpf file system, and the first network
// namespace.
var forContainer = map[string]string{
	"bpffs.service": `[Unit]
DefaultDependencies=no
Before=gobind-kernel.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c "mkdir -p /sys/fs/bpf && mount -t bpf -o mode=700 bpf /sys/fs/bpf"
[Install]
WantedBy=sysinit.target
`,
	"gobind-kernel.service.d/netns.conf": `[Service]
ExecStart=
ExecStart=/usr/local/sbin/gobindctl kernel enable --netns=/proc/self/ns/net
`,
	"units.service": unitTest,
}

// The units of the kernel backend do under a real systemd what they are for: policy
// counts from boot on, and again after whatever change of rules, trees, users and groups;
// the journal has each bind; stopped, they leave nothing.
func TestKernelUnits(t *testing.T) {
	r := newRoot(t, "systemd.tar")
	at := func(name string) string { return filepath.Join(string(r), name) }
	output(t, "make", "-s", "-C", testenv.Repo(), "install", "DESTDIR="+string(r))
	units, err := filepath.Glob(filepath.Join(testenv.Repo(), "etc/systemd/gobind-kernel*"))
	if err != nil || len(units) < 5 {
		t.Fatalf("units %q, %v", units, err)
	}
	output(t, "cp", append(units, at("etc/systemd/system"))...)
	for name, text := range forContainer {
		file := at("etc/systemd/system/" + name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	output(t, "install", "-m", "755", "testdata/kernel-units.sh", at("units.sh"))
	r.run(t, "systemctl", "--root=/", "set-default", "multi-user.target")
	r.run(t, "systemctl", "--root=/", "enable", "bpffs.service", "gobind-kernel.service", "gobind-kernel.path", "gobind-kernel-watch.service")
	r.run(t, "sh", "-c", "mkdir -p /etc/systemd/system/default.target.wants && ln -s ../units.service /etc/systemd/system/default.target.wants/")
	r.unmount()

	boot := exec.Command("sh", "-c", `echo $$ >"$0/cgroup.procs" && exec systemd-nspawn "$@"`, ownCgroup(t),
		"--quiet", "--register=no", "--keep-unit", "--private-network", "--console=pipe", "-b", "-D", string(r),
		"--system-call-filter=pidfd_getfd bpf", "--capability=CAP_BPF,CAP_PERFMON,CAP_NET_ADMIN")
	boot.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=1"}
	console, err := boot.CombinedOutput()
	result, readErr := os.ReadFile(at("result"))
	if err != nil || readErr != nil {
		t.Fatalf("boot: %v, %v\n%s", err, readErr, console)
	}
	if !slices.Contains(strings.Split(string(result), "\n"), "done") {
		t.Fatalf("%s", result)
	}
	t.Logf("%s", result)
}

// ownCgroup is a cgroup for the test, which is removed with all below it when the test
// ends.
func ownCgroup(t *testing.T) string {
	t.Helper()
	testenv.Require(t, "systemd-nspawn")
	root, err := kernel.RootCgroup()
	if err != nil {
		testenv.Skip(t, err.Error())
	}
	dir, err := os.MkdirTemp(root, "gobind-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var all []string
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				all = append(all, path)
			}
			return err
		})
		for _, path := range slices.Backward(all) {
			err = errors.Join(err, os.Remove(path))
		}
		if err != nil {
			t.Error(err)
		}
	})
	return dir
}
