# Completion of gobind. Generated from its command line: package internal/completion.
complete -c gobind -x -a '(__fish_complete_subcommand)'
complete -c gobind -s h -l help -d 'Show context-sensitive help'
complete -c gobind -l launch -x -a 'auto inplace parent' -d 'Who is whose parent: inplace, parent, or auto, which takes inplace where the kernel allows it'
complete -c gobind -s q -l quiet -d 'Do not say why a bind was refused'
complete -c gobind -s v -l verbose -d 'Say so if the kernel itself goes by policy, and PROGRAM is started without a supervisor'
complete -c gobind -l deep -d 'Accepted as authbind does; everything that PROGRAM starts is covered anyway'
complete -c gobind -l depth -x -d 'Accepted as authbind does; everything that PROGRAM starts is covered anyway'
complete -c gobind -l version -d 'Print the version and exit'
