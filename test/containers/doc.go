// Package containers has what gobind is in containers, of which it makes the parts that
// matter: their seccomp filter, network namespace and no_new_privs. docs/containers.md
// is the table.
package containers
