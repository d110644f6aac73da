/* Texts that are built in: what stands in the files of these names.  Each ends in a zero byte. */
#ifndef SIDECALL_CONTRACT_BUILT_IN_H
#define SIDECALL_CONTRACT_BUILT_IN_H

extern const char predefined_x[], rpc_x[], calc_x[], fileinfo_x[], status_x[];

#endif
