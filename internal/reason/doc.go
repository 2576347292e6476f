// Package reason has words for what a helper says in numbers, for errors of package
// client and for what gobind and its supervisor tell a user: lower case, no full stop.
package reason
