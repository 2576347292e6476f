// Package supervisor answers the notifications of a target's bind(2) calls: it
// copies the address, duplicates the socket, asks the helper of the target's
// user, and sends the response.
//
// It runs with the privilege of whoever started gobind and trusts nothing of
// the target: each value is copied once, checked, and used as that copy, and
// what cannot be judged is left to the kernel (CONTINUE), which refuses what the
// target could not do by itself. Only the helper's own word becomes a success.
//
// It ends when no covered task is left, never before: a bind without a
// supervisor fails with ENOSYS.
package supervisor
