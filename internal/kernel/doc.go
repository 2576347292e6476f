// Package kernel puts policy into the kernel: cgroup BPF programs that waive
// CAP_NET_BIND_SERVICE for the binds that policy permits, so that any program may
// make them, wrapped or not.
//
// [Compile] makes [Tables] of policy: for every subject, protocol, address and
// port they have the verdict that policy.Evaluate gives, or none. What cannot be
// expressed is named in [Tables.Omitted], and refuses. [Enable] loads programs and
// tables, attaches them to a cgroup and pins them; they stay when the loader ends.
// [Change] swaps the tables under them, [Disable] removes every trace, and [Read]
// says what is there.
//
// The programs never refuse: they waive the capability (return 3), or leave the
// bind to the kernel (return 1), which answers EACCES to whoever lacks it. They
// look at one network namespace only, and at nobody but the process that binds:
// its real user and group id and its supplementary groups, as the first user
// namespace numbers them.
//
// Whoever calls this package is root, or has CAP_BPF, CAP_PERFMON and
// CAP_NET_ADMIN.
package kernel
