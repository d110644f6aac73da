/* What an address of the Internet says of whose it is. */
#include "common/internet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/kit/harness.h"

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage address = { .ss_family = strchr(text, ':') ? AF_INET6 : AF_INET };
	void *bytes = address.ss_family == AF_INET6
			      ? (void *)&((struct sockaddr_in6 *)&address)->sin6_addr
			      : (void *)&((struct sockaddr_in *)&address)->sin_addr;

	CHECK_INT(inet_pton(address.ss_family, text, bytes), 1);
	return address;
}

static void test_addresses(void)
{
	static const struct {
		const char *text, *plain;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.255.255.254", "127.255.255.254", true },
		{ "128.0.0.1", "128.0.0.1", false },
		{ "0.0.0.0", "0.0.0.0", false },
		{ "192.0.2.1", "192.0.2.1", false },
		{ "::1", "::1", true },
		{ "::", "::", false },
		{ "::2", "::2", false },
		{ "7f00::1", "7f00::1", false },
		{ "2001:db8::1", "2001:db8::1", false },
		{ "::ffff:127.0.0.1", "127.0.0.1", true },
		{ "::ffff:127.1.2.3", "127.1.2.3", true },
		{ "::ffff:192.0.2.1", "192.0.2.1", false },
		{ "::127.0.0.1", "::127.0.0.1", false },
		{ "::1:ffff:7f00:1", "::1:ffff:7f00:1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sockaddr_storage address = address_of(cases[i].text);
		char text[INET6_ADDRSTRLEN] = "";
		sa_family_t family;
		const uint8_t *bytes = internet_bytes(&address, &family);

		CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
		inet_ntop(family, bytes, text, sizeof(text));
		CHECK_STR(text, cases[i].plain);
		CHECK_THAT(internet_is_loopback(&address) == cases[i].loopback, "%s",
			   cases[i].text);
	}
}

static void test_others(void)
{
	static const sa_family_t families[] = { AF_UNSPEC, AF_UNIX };

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct sockaddr_storage address = { .ss_family = families[i] };
		sa_family_t family = AF_INET;

		CU_ASSERT_PTR_NULL(internet_bytes(&address, &family));
		CHECK_INT(family, AF_UNSPEC);
		CU_ASSERT(!internet_is_loopback(&address));
	}
}

static const struct test tests[] = {
	{ "IPv4, IPv6, and the one in the other's form", test_addresses },
	{ "what is none", test_others },
	{ 0 },
};

int main(void)
{
	return harness_run("internet", tests);
}
