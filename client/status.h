/* What the contract's statuses are called, and what they say to people. */
#ifndef SIDECALL_CLIENT_STATUS_H
#define SIDECALL_CLIENT_STATUS_H

#include "idl/calc.h"
#include "idl/fileinfo.h"

/* The name in the contract without its prefix ("DIVIDE_BY_ZERO"); "UNKNOWN" for another number. */
const char *calc_status_name(calc_status status);
const char *fileinfo_status_name(fileinfo_status status);

/* The same in words ("division by zero"). */
const char *calc_status_text(calc_status status);
const char *fileinfo_status_text(fileinfo_status status);

/* "regular", "directory", ...; "unknown" for another number. */
const char *fileinfo_type_name(fileinfo_type type);

/* Why there is no result, in words; NULL when there is one.  One for each result type. */
const char *failed_number(const void *result);
const char *failed_evaluation(const void *result);
const char *failed_summary(const void *result);
const char *failed_stat(const void *result);
const char *failed_link(const void *result);
const char *failed_digest(const void *result);
const char *failed_space(const void *result);

/* What a program is, to people. */
const char *program_name(rpcprog_t program);

#endif
