/* A command's operands, as the procedures' arguments. */
#ifndef SIDECALL_CLIENT_ARGUMENTS_H
#define SIDECALL_CLIENT_ARGUMENTS_H

#include <stdint.h>

#define LIST_PAGE_BYTES     ((uint32_t)256 << 10) /* of a page of a directory, on a byte stream */
#define LIST_DATAGRAM_BYTES ((uint32_t)8 << 10)   /* in a datagram */

/*
 * Each fills the arguments of its type from count operands.  Returns NULL, or what is wrong with
 * them.  Strings and values belong to the arguments, also after an error.
 */
const char *parse_nothing(int count, char **operands, void *arguments);
const char *parse_operands(int count, char **operands, void *arguments);     /* calc_operands */
const char *parse_expression(int count, char **operands, void *arguments);   /* calc_expression */
const char *parse_values(int count, char **operands, void *arguments);       /* calc_values */
const char *parse_accumulation(int count, char **operands, void *arguments); /* calc_accumulation */
const char *parse_path(int count, char **operands, void *arguments);         /* fileinfo_path */
const char *parse_list(int count, char **operands, void *arguments); /* fileinfo_list_args */

#endif
