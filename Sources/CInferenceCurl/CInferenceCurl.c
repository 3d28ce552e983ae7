#include "CInferenceCurl.h"
