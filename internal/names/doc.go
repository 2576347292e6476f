// Package names reads the users, groups and services that rules can name from
// /etc/passwd, /etc/group and /etc/services, and asks nothing else: no directory
// service, no library that loads others. It runs in the privileged helper too.
package names
