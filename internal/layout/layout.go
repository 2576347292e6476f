// Package layout says where gobind is installed and where its policy is, for
// programs that look at an installation. The paths are set at link time.
package layout

// What make install installs, and where policy is.
var (
	HelperPath     = "/usr/local/libexec/gobind/gobind-helper"
	SupervisorPath = "/usr/local/libexec/gobind/gobind-supervisor"
	GobindPath     = "/usr/local/bin/gobind"
	ConfDir        = "/etc/gobind"
	AuthbindDir    = "/etc/authbind"
	SocketPath     = "/run/gobind/helper.sock"
)
