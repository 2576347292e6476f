package kernel

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// taskLayout is where this kernel keeps a task's supplementary groups and its
// capabilities, in bytes from the start of the structures.
type taskLayout struct {
	cred                         int32 // of task_struct
	groupInfo, effective, userNS int32 // of cred
	count, gids                  int32 // of group_info
	level                        int32 // of user_namespace
}

// readLayout reads the layout from the types that the kernel describes itself by.
func readLayout() (taskLayout, error) {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return taskLayout{}, fmt.Errorf("read the kernel's types (/sys/kernel/btf/vmlinux): %w", err)
	}
	var l taskLayout
	for _, field := range []struct {
		structure, member string
		offset            *int32
	}{
		{"task_struct", "cred", &l.cred}, {"cred", "group_info", &l.groupInfo},
		{"cred", "cap_effective", &l.effective}, {"cred", "user_ns", &l.userNS},
		{"group_info", "ngroups", &l.count}, {"group_info", "gid", &l.gids},
		{"user_namespace", "level", &l.level},
	} {
		if *field.offset, err = offsetOf(spec, field.structure, field.member); err != nil {
			return taskLayout{}, err
		}
	}
	return l, nil
}

// offsetOf is where a member of a structure begins, in bytes.
func offsetOf(spec *btf.Spec, structure, member string) (int32, error) {
	var s *btf.Struct
	if err := spec.TypeByName(structure, &s); err != nil {
		return 0, fmt.Errorf("find struct %s: %w", structure, err)
	}
	for _, m := range s.Members {
		if m.Name == member {
			return int32(m.Offset.Bytes()), nil
		}
	}
	return 0, fmt.Errorf("struct %s has no member %s", structure, member)
}
