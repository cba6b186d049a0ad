#define BOOST_TEST_MODULE headway
#include <boost/test/unit_test.hpp>
