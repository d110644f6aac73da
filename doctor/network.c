/* What sockets and rpcbind need of this machine: its own interface, and names. */
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doctor/rpcbind.h"
#include "doctor/say.h"

static bool loopback_is_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);

	if (fd >= 0)
		close(fd);
	return up;
}

void look_at_loopback(struct doctor *doctor)
{
	struct doctor_finding down = doctor_finding(
		DOCTOR_FAULT, "it is down: tcp and udp reach nobody on this machine");

	doctor_command_of_root(&down, "ip link set lo up");
	if (loopback_is_up())
		doctor_say(doctor, DOCTOR_OK, "it is up");
	else
		doctor_hand_over(doctor, &down);
}

/* ---- names ---- */

/* Lines of a file that the package netbase brings, and what makes sure that they are there. */
struct names {
	const char *file, *lines;
	bool (*has_all)(void);
};

static bool has_services(void)
{
	return getservbyname("sunrpc", "tcp") && getservbyname("sunrpc", "udp");
}

static bool has_protocols(void)
{
	return getprotobyname("tcp") && getprotobyname("udp");
}

static const struct names names[] = {
	{ "/etc/services", "'sunrpc 111/tcp' 'sunrpc 111/udp'", has_services },
	{ "/etc/protocols", "'tcp 6 TCP' 'udp 17 UDP'", has_protocols },
};

/* dpkg's own files are not for others; a package that is installed has its copyright there. */
static bool is_debian_without_netbase(void)
{
	return access("/etc/debian_version", F_OK) == 0 &&
	       access("/usr/share/doc/netbase", F_OK) != 0;
}

/* Without the package its file comes whole; else lines were lost, and no package brings them back
 * without asking. */
static void say_missing(struct doctor *doctor, const struct names *missing)
{
	struct doctor_finding finding = doctor_finding(
		DOCTOR_FAULT, "%s lacks %s: rpcbind takes no calls by tcp and udp", missing->file,
		missing->lines);

	if (is_debian_without_netbase())
		doctor_command_of_root(&finding, "apt-get install netbase");
	else
		doctor_command_of_root(&finding, "printf '%%s\\n' %s >>%s", missing->lines,
				       missing->file);
	doctor_hand_over(doctor, &finding);
}

void look_at_names(struct doctor *doctor)
{
	bool all = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!names[i].has_all()) {
			say_missing(doctor, &names[i]);
			all = false;
		}
	if (all)
		doctor_say(doctor, DOCTOR_OK, "they are there");
}
