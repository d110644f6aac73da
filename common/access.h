/* Who may call, as operators write it: in numbers alone, for names are the business of programs. */
#ifndef SIDECALL_COMMON_ACCESS_H
#define SIDECALL_COMMON_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Some who may call: whose addresses begin so, or a user or a group of this machine. */
struct access_who {
	sa_family_t family;  /* AF_INET, AF_INET6; AF_UNIX: a user or a group */
	bool group;          /* that one */
	uint32_t id;         /* its or his number */
	unsigned int bits;   /* of the address that count */
	uint8_t address[16]; /* in network byte order */
};

/* What a call needs: nothing; a credential, AUTH_SYS or a better one; a user of this machine, for
 * whom the kernel vouches. */
enum access_need { ACCESS_NONE, ACCESS_SYS, ACCESS_LOCAL };

/* What calls of a procedure, or of all but the null procedure, need, in all versions. */
struct access_rule {
	uint32_t program, procedure;
	bool all;
	enum access_need need;
};

#define ACCESS_ITEM 80 /* bytes, for an item of a list and a zero */

/* Copies the next item of a list with commas, and goes on behind it.  False: there is none.  One
 * that is too long is cut short, which makes it none that can be read. */
bool access_next(const char **list, char item[ACCESS_ITEM]);

/* Reads ADDRESS, ADDRESS/BITS, uid:N or gid:N.  NULL, or what is wrong with it. */
const char *access_read_who(struct access_who *who, const char *text);

/* Reads ADDRESS or ADDRESS/BITS alone, likewise. */
const char *access_read_network(struct access_who *who, const char *text);

/* Reads PROGRAM.PROCEDURE=none, =sys or =local, where a procedure may be *.  NULL, or what is wrong
 * with it. */
const char *access_read_rule(struct access_rule *rule, const char *text);

/* Whether an address is among them.  An IPv4 address is one in its IPv6 form, too (RFC 4291,
 * section 2.5.5.2). */
bool access_has_address(const struct access_who *who, const struct sockaddr_storage *address);

#endif
