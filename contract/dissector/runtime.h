/* What stands in runtime.lua, which ends in a zero byte. */
#ifndef SIDECALL_CONTRACT_DISSECTOR_RUNTIME_H
#define SIDECALL_CONTRACT_DISSECTOR_RUNTIME_H

extern const char runtime_lua[];

#endif
