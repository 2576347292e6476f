// Package compliance holds gobind's authbind personality to Debian's authbind:
// one set of cases, run against both.
//
// The environment variable GOBIND_UNDER_TEST chooses who is tested: "ours",
// "theirs", or (unset) both. A case is a subtest named after the subject, the
// file and the case: TestCompliance/theirs/byport/executable. Expectations are
// authbind's. Where gobind differs on purpose, a step says so and names the
// entry of docs/authbind-differences.md that explains it; any other difference
// is a failure, and so is an entry that no case shows.
//
// # Cases
//
// The cases are in testdata/*.txt, one topic a file. A line that begins with #
// is a comment. A case is its steps, in order:
//
//	case non-executable
//	  file byport/80 0644 root
//	  as alice
//	  bind tcp4 127.0.0.1:80 -> EACCES
//
// Every step has an answer, and " -> WANT" is what it must be; without one it
// must be OK. WANT is bare text, "quoted" text, or /a regular expression/.
// " | ours OTHER D3" after it is what gobind answers instead, and why.
//
// A table is a case with names in capitals; each row after it is one case, whose
// words replace the names in order, and the last name takes the rest of the row.
//
//	table ports PORT FILE WANT
//	  file byport/$FILE 0755 root
//	  as alice
//	  bind tcp4 127.0.0.1:$PORT -> $WANT
//	row 80  80   OK
//	row 512 512  EPERM
//
// A line "share" before the first case lets the cases of a file share a probe where
// they start it in the same way.
//
// Names with $ stand for: the users' ids ($alice, $bob, $carol), the shared group
// ($web), the programs $probe, $static (not dynamically linked) and $authbind
// (the one under test), the case's own directory $tmp, the $pid of the last program
// started, and $inplace, which is $pid unless gobind has to start the target as a
// child.
//
// # Steps
//
// Each case starts with the policy tree as shipped: /etc/authbind with three
// empty directories, and the same in /etc/gobind, where authbind does not look.
// Paths are relative to /etc/authbind. These steps change it, also while a program
// runs:
//
//	file PATH MODE OWNER          an empty file; OWNER is USER or USER:GROUP
//	text PATH TEXT [MODE OWNER]   a file with this text
//	line PATH TEXT                the text and a newline, appended
//	repeat PATH COUNT TEXT        the text, appended so many times
//	dir, fifo PATH MODE OWNER
//	link PATH TARGET              a symbolic link
//	mode PATH MODE OWNER          of something that exists
//	acl PATH ENTRY...             as for setfacl: u::rw- u:61001:--x m::--x ...
//	copy PATH SOURCE MODE OWNER   of a program
//	remove PATH                   with all that is in it
//	noexec PATH                   mount an empty file system there, noexec
//	feed PATH TEXT                write to the FIFO once somebody reads it
//	sysctl NAME VALUE             of the world's own network namespace
//
// These say how a program is started:
//
//	as USER                       or as UID:GID, or as UID:GID+GROUP,GROUP
//	wrap OPTION...                of the wrapper
//	setenv NAME VALUE
//	ambient                       with an ambient CAP_NET_BIND_SERVICE
//	before COMMAND...             that is given the wrapper's command line
//
//	needs COMMAND...              skip the case if this, as the user, does not succeed
//
// Any other step is an operation of the probe (testdata/probe), which the first
// one starts under the wrapper and which then does them one by one. Or a program
// is run to its end:
//
//	run ARG...                    AUTHBIND ARG...; answers "exit 1", or "SIGTERM"
//	stdout, stderr                of the last program run, or else of the probe, which
//	                              ends; each must be empty if no step asks
//
// "eventually" before a step repeats it until the answer is right.
//
// A bind that succeeds must have bound, one that fails must not, and neither may
// change the caller's signal mask, descriptors, directory, umask or uid: the probe
// says so otherwise. A program must end with status 0 and an empty stderr.
package compliance
