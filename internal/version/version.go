// Package version holds the version of this build.
package version

// Version is set at link time: a tag such as "0.1.0", or "devel".
var Version = "devel"
