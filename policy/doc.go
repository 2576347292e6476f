// Package policy is the law of gobind: may this subject bind this address and
// port?
//
// A [Request] says who wants to bind what; [Evaluate] judges it by rules and by
// policy trees and returns a [Decision]: the verdict, the reason, the file and
// line that decided, and the errno of a refusal.
//
// A [Rule] is a line of a rules file, which [ParseRules] reads: gobind.rules(5).
// Of all files in their order the last rule that matches decides, permit or deny,
// and the trees are not asked. A file that cannot be believed, be it for one line
// that is no rule, denies what no later file decides.
//
// A policy tree is a directory in the manner of authbind(1), reached only through
// the [Tree] interface, so that this package does no I/O and can be tested
// without root or a disk. For port P, user id U, and B = "!" if P is 512 or
// more, else nothing, a tree is asked in this order:
//
//	byport/{B}{P}        execute access of the subject permits
//	byaddr/{B}{A}:{P}    the same; IPv4 only
//	byaddr/{B}{A},{P}    the same
//	byaddr/{B}{X},{P}    the same; IPv6 only
//	byuid/{B}{U}         a line that covers the address and port permits
//
// A is the address as [AddrText] writes it, X as [AddrFull] does. The first
// permission ends the search. So does a file that exists and does not permit, or
// cannot be examined: it denies, and hides what comes after it, later trees
// included. A tree that has nothing to say lets the next one be tried. What no
// tree permits is denied, and [Deny] is the zero value of [Verdict].
//
// Nothing in a tree tells one protocol from another, and "::" is an address like
// any other. There are no deny lines in a byuid file, no includes and no comments: a
// line that does not parse permits nothing, whatever it says.
package policy
