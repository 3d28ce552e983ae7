// libcurl's own header, so that pkg-config's flags and the link come with one module.
#pragma once
#include <curl/curl.h>
