/* What may be wrong with arguments, each with the rule that it breaks. */
#ifndef SIDECALL_CHECK_ARGUMENT_FAULTS_H
#define SIDECALL_CHECK_ARGUMENT_FAULTS_H

/* A kind of fault.  What is refused with GARBAGE_ARGS passes. */
struct fault {
	const char *name, *rule, *source, *why;
	unsigned int differs;
	const char *choice;
};

/* Of all arguments. */
extern const struct fault fault_missing, fault_cut, fault_behind;

/* Of data and arrays.  Over its bound is a long one where a server may have other reasons. */
extern const struct fault fault_length_huge, fault_length_beyond, fault_over_bound,
	fault_over_bound_long, fault_padding;

/* Of numbers. */
extern const struct fault fault_bool_2, fault_undeclared, fault_no_arm;

#endif
