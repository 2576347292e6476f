package kernel

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// taskLayout is where this kernel keeps a task's supplementary groups, in bytes
// from the start of struct task_struct, cred and group_info.
type taskLayout struct{ cred, groupInfo, count, gids int32 }

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
		{"group_info", "ngroups", &l.count}, {"group_info", "gid", &l.gids},
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
