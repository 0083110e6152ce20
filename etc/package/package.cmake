# SPDX-License-Identifier: GPL-2.0-or-later
# Service files, and `cpack -G DEB` or `cpack -G RPM` in the build directory. What is installed knows its own prefix, which is another
# in a package than where the build directory was made for: so names are filled in at installation.
set(service ${CMAKE_CURRENT_LIST_DIR}/../service)

# install_service(FILE DESTINATION NAME [PROGRAM]): beneath the prefix
function(install_service file destination name)
	if("${ARGN}" STREQUAL "PROGRAM")
		set(type PROGRAM)
	else()
		set(type FILE)
	endif()
	install(CODE "
		set(SBINDIR \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR})
		set(BINDIR \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR})
		configure_file(${service}/${file} ${CMAKE_BINARY_DIR}/service/${file} @ONLY)
		file(INSTALL ${CMAKE_BINARY_DIR}/service/${file} DESTINATION \${CMAKE_INSTALL_PREFIX}/${destination}
			TYPE ${type} RENAME ${name})")
endfunction()

install_service(vrrpd.service lib/systemd/system vrrpd.service)
install_service(vrrpd.sysusers lib/sysusers.d vrrpd.conf)
install_service(vrrpd.tmpfiles lib/tmpfiles.d vrrpd.conf)
install_service(vrrpd.openrc ${CMAKE_INSTALL_DOCDIR}/examples vrrpd.openrc PROGRAM)
option(OPENRC "Install the OpenRC script and its options in /etc" OFF)
if(OPENRC)
	install(PROGRAMS ${service}/vrrpd.openrc DESTINATION /etc/init.d RENAME vrrpd)
	install(FILES ${service}/vrrpd.default DESTINATION /etc/conf.d RENAME vrrpd)
endif()

set(CPACK_PACKAGE_NAME vrrpd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "vrrpd maintainers")
set(CPACK_PACKAGE_CONTACT "vrrpd maintainers <vrrpd@packages.debian.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keep an IP address on one of several machines (VRRP)")
set(CPACK_PACKAGE_DESCRIPTION
"Two or more machines hold an address in turn: one has it, the others listen,
and when it dies the next one takes over. They agree by the Virtual Router
Redundancy Protocol, version 3 (RFC 9568) and version 2 (RFC 3768), on one
segment with keepalived, FRR and routers out of a box.
.
vrrpctl shows who is master and why, gives mastership away for a while, finds
what breaks VRRP on this host, and translates a keepalived.conf.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/COPYING)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/stage.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/postinst ${CMAKE_CURRENT_LIST_DIR}/prerm
	${CMAKE_CURRENT_LIST_DIR}/postrm ${CMAKE_CURRENT_LIST_DIR}/conffiles)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE "GPL-2.0-or-later")
string(REPLACE "\n.\n" "\n\n" CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")
set(CPACK_RPM_PACKAGE_GROUP "System Environment/Daemons")
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm-post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm-preun)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm-postun)
set(CPACK_RPM_USER_FILELIST "%config(noreplace) /etc/default/vrrpd")
# Directories of the system
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc/default /usr/sbin /usr/share/man /usr/share/man/man5 /usr/share/man/man8
	/usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/site-functions
	/usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d)
include(CPack)
