/* tcp [PORT]: a server of raw messages over TCP, many clients at a time. */
#include <sys/socket.h>

#include "address.h"
#include "several.h"

int main(int count, char **words)
{
	serve(bind_port("raw", SOCK_STREAM, count > 1 ? words[1] : "9000"), meet_socket);
}
