/* Runs a fuzz target over the files named on the command line: "make check" does so with the seeds.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void replay(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        exit(1);
    }
    /* A block of exactly the input's size, so that AddressSanitizer sees one byte too far. */
    static uint8_t buffer[1 << 20];
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL)
        abort();
    memcpy(data, buffer, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d inputs\n", argc - 1);
    return 0;
}
