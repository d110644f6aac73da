/* Who may call, as operators write it. */
#include "common/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/internet.h"
#include "common/number.h"

#define MAPPED_BITS 96 /* in front of an IPv4 address in its IPv6 form */

bool access_next(const char **list, char item[ACCESS_ITEM])
{
	size_t length = *list ? strcspn(*list, ",") : 0;

	if (!*list || !**list)
		return false;
	snprintf(item, ACCESS_ITEM, "%.*s", (int)length, *list);
	*list += length + ((*list)[length] == ',');
	return true;
}

/* ---- reading ---- */

static const char *read_id(struct access_who *who, const char *number)
{
	int64_t id;

	/* The highest is what system calls take for none (chown(2)). */
	if (number_read(number, 0, UINT32_MAX - 1, &id) < 0)
		return "behind uid: or gid: there is no name of one, and no number";
	who->family = AF_UNIX;
	who->id = (uint32_t)id;
	return NULL;
}

static unsigned int bits_of(sa_family_t family)
{
	return family == AF_INET ? 32 : 128;
}

/* An IPv4 address in its IPv6 form is one. */
static void unmap(struct access_who *who)
{
	if (who->family != AF_INET6 || who->bits < MAPPED_BITS || !internet_is_mapped(who->address))
		return;
	who->family = AF_INET;
	who->bits -= MAPPED_BITS;
	memmove(who->address, who->address + MAPPED_BITS / 8, 4);
	memset(who->address + 4, 0, sizeof(who->address) - 4);
}

static bool begins_alike(const uint8_t *one, const uint8_t *other, unsigned int bits)
{
	unsigned int rest = bits % 8;

	return memcmp(one, other, bits / 8) == 0 &&
	       (!rest || (one[bits / 8] ^ other[bits / 8]) >> (8 - rest) == 0);
}

/* Somebody who writes 192.0.2.1/24 may mean one address, or all 256. */
static bool ends_in_zeroes(const struct access_who *who)
{
	struct access_who first = { .bits = who->bits };

	for (unsigned int bit = 0; bit < who->bits; bit++)
		first.address[bit / 8] = (uint8_t)(first.address[bit / 8] |
						   (who->address[bit / 8] & 0x80 >> bit % 8));
	return memcmp(first.address, who->address, sizeof(first.address)) == 0;
}

static const char not_an_address[] = "it is no address, as 192.0.2.1, 192.0.2.0/24 or 2001:db8::1";

const char *access_read_network(struct access_who *who, const char *text)
{
	size_t length = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	int64_t bits;

	*who = (struct access_who){ 0 };
	snprintf(address, sizeof(address), "%.*s", (int)length, text);
	who->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (length >= sizeof(address) || inet_pton(who->family, address, who->address) != 1)
		return not_an_address;
	bits = bits_of(who->family);
	if (text[length] && number_read(text + length + 1, 0, bits, &bits) < 0)
		return "behind / there is no number of bits, up to 32 or, by IPv6, 128";
	who->bits = (unsigned int)bits;
	if (!ends_in_zeroes(who))
		return "its address goes on behind the bits that count: leave them out, or write "
		       "zeroes there";
	unmap(who);
	return NULL;
}

const char *access_read_who(struct access_who *who, const char *text)
{
	const char *wrong;

	*who = (struct access_who){ .group = strncmp(text, "gid:", 4) == 0 };
	if (who->group || strncmp(text, "uid:", 4) == 0)
		return read_id(who, text + 4);
	wrong = access_read_network(who, text);
	return wrong == not_an_address ? "it is neither an address nor uid:N nor gid:N" : wrong;
}

static bool read_need(const char *word, enum access_need *need)
{
	static const char *const words[] = {
		[ACCESS_NONE] = "none", [ACCESS_SYS] = "sys", [ACCESS_LOCAL] = "local"
	};

	for (int i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0) {
			*need = (enum access_need)i;
			return true;
		}
	return false;
}

const char *access_read_rule(struct access_rule *rule, const char *text)
{
	char name[ACCESS_ITEM], *need, *procedure;
	int64_t number;

	*rule = (struct access_rule){ 0 };
	snprintf(name, sizeof(name), "%s", text);
	need = strchr(name, '=');
	procedure = strchr(name, '.');
	if (!need || !procedure || procedure > need)
		return "it is not of the form PROGRAM.PROCEDURE=none|sys|local";
	*need++ = *procedure++ = '\0';
	if (!read_need(need, &rule->need))
		return "behind = is neither none nor sys nor local";
	if (number_read(name, 1, UINT32_MAX, &number) < 0)
		return "there is no program of that name or number";
	rule->program = (uint32_t)number;
	rule->all = strcmp(procedure, "*") == 0;
	if (!rule->all && number_read(procedure, 0, UINT32_MAX, &number) < 0)
		return "the program has no procedure of that name or number";
	rule->procedure = rule->all ? 0 : (uint32_t)number;
	return NULL;
}

/* ---- matching ---- */

bool access_has_address(const struct access_who *who, const struct sockaddr_storage *address)
{
	sa_family_t family;
	const uint8_t *bytes = internet_bytes(address, &family);

	return bytes && who->family == family && begins_alike(who->address, bytes, who->bits);
}
