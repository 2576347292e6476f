// Package account says who a user is: the ids and groups that a process of the
// user's has after a login, by /etc/passwd and /etc/group alone, as the rules of
// policy know names.
package account
