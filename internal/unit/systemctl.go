package unit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// properties are what is asked of the manager.
var properties = []string{
	"Id", "LoadState", "FragmentPath", "DropInPaths", "NeedDaemonReload",
	"Type", "User", "DynamicUser", "SupplementaryGroups",
	"NoNewPrivileges", "CapabilityBoundingSet", "AmbientCapabilities",
	"SystemCallFilter", "SystemCallArchitectures", "RestrictAddressFamilies", "RestrictNamespaces",
	"RestrictRealtime", "RestrictSUIDSGID", "MemoryDenyWriteExecute", "LockPersonality", "PrivateDevices",
	"ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectClock", "ProtectHostname",
	"PrivateUsers", "PrivateNetwork", "NetworkNamespacePath", "ProtectProc", "ProcSubset",
	"RootDirectory", "RootImage", "ProtectHome", "InaccessiblePaths", "TemporaryFileSystem",
	"BindPaths", "BindReadOnlyPaths", "NoExecPaths", "ExecPaths", "SocketBindDeny",
}

// Systemctl is a [Show] that asks systemctl(1).
func Systemctl(name string, properties []string) (string, error) {
	if _, err := os.Stat("/run/systemd/system"); err != nil { // sd_booted(3)
		return "", ErrNoManager
	}
	cmd := exec.Command("systemctl", "show", "--property="+strings.Join(properties, ","), "--", name)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SYSTEMD_COLORS=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", ErrNoManager
	}
	if err != nil {
		return "", fmt.Errorf("systemctl show %s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
