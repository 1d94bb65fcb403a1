// write_report_study FOLDER: a study for the browser's test of its report. One of its methods has a name that is markup, since what
// a browser makes of it counts.
#include <cstdio>

#include "analysis/synthetic_report_study.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("write_report_study FOLDER\n", stderr), 2;
  cxr::test::write_report_study(argv[1], {.notice = "This is a toy: its numbers mean nothing.",
                                          .name = "\"><img src=x onerror=alert(1)><script>alert(1)</script>"});
  return 0;
}
