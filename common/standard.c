/* Standard input, output and error of a program that was started without some of them. */
#include "common/standard.h"

#include <fcntl.h>
#include <unistd.h>

void standard_keep(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
