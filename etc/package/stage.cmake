# SPDX-License-Identifier: GPL-2.0-or-later
# Runs on the tree that becomes a package: what a package has and `cmake --install` does not, lest it overwrite what an administrator
# has changed, and what Debian's policy wants.
get_filename_component(package ${CMAKE_CURRENT_LIST_FILE} DIRECTORY)
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
configure_file(${package}/../service/vrrpd.default ${root}/etc/default/vrrpd COPYONLY)
if(CPACK_GENERATOR STREQUAL "DEB")
	set(share ${root}/usr/share)
	configure_file(${package}/copyright ${share}/doc/vrrpd/copyright COPYONLY)
	configure_file(${package}/changelog ${share}/doc/vrrpd/changelog.Debian COPYONLY)
	file(GLOB_RECURSE plain ${share}/man/*.[58] ${share}/doc/vrrpd/changelog.Debian)
	foreach(file ${plain})
		execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
	endforeach()
endif()
