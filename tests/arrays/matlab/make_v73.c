/* recording_v73.mat, as libmatio writes what is in recording_v7.mat:
 *   cc make_v73.c -lmatio -o /tmp/make_v73 && /tmp/make_v73 recording_v7.mat recording_v73.mat */
#include <matio.h>
#include <stdio.h>

int main(int count, char **names) {
    if (count != 3) return 2;
    mat_t *from = Mat_Open(names[1], MAT_ACC_RDONLY);
    mat_t *to = Mat_CreateVer(names[2], NULL, MAT_FT_MAT73);
    if (!from || !to) return 1;
    matvar_t *each;
    while ((each = Mat_VarReadNext(from))) {
        /* deflated, where it is an array: of cells and structs libmatio deflates nothing */
        int failed = Mat_VarWrite(to, each, MAT_COMPRESSION_ZLIB);
        if (failed) fprintf(stderr, "%s is not written\n", each->name);
        Mat_VarFree(each);
    }
    Mat_Close(to);
    Mat_Close(from);
    return 0;
}
