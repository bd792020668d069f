# SPDX-License-Identifier: GPL-2.0-or-later
# `cmake --install`, and `cpack` for a Debian package. `./run package` does all of it with the prefix /usr.
include(GNUInstallDirs)
set(SLUICE_UNIT ${CMAKE_BINARY_DIR}/packaging/sluiced.service)
set(SLUICE_COMPLETION ${CMAKE_BINARY_DIR}/packaging/sluice.bash)
set(SLUICE_COPYRIGHT ${CMAKE_BINARY_DIR}/packaging/copyright)

configure_file(packaging/systemd/sluiced.service.in ${SLUICE_UNIT} @ONLY)
file(READ LICENSES/BSD-2-Clause.txt BSD_2_CLAUSE)
configure_file(packaging/debian/copyright.in ${SLUICE_COPYRIGHT} @ONLY)
add_custom_command(
  OUTPUT ${SLUICE_COMPLETION}
  COMMAND sluice completion bash > ${SLUICE_COMPLETION}
  DEPENDS sluice
  VERBATIM)
add_custom_target(sluice_package_files ALL DEPENDS ${SLUICE_COMPLETION})

install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS sluiced RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
# Units are found below lib/ of the prefix on every distribution, also where libraries are in lib64/.
install(FILES ${SLUICE_UNIT} DESTINATION lib/systemd/system)
install(FILES ${SLUICE_COMPLETION} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sluice)
install(FILES README.md ${SLUICE_COPYRIGHT} config/sluice.schema.json DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY config/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING
        PATTERN "*.md" PATTERN "*.svg" PATTERN drawing EXCLUDE)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/sluice)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VENDOR sluice)
set(CPACK_PACKAGE_CONTACT "the authors of sluice <team@sluice.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "network gateway in eBPF, from one document")
set(CPACK_PACKAGE_DESCRIPTION
"One document says which interfaces there are, which zones they belong to, who may
talk to whom, and what is translated. The daemon makes the machine match it and carries
the traffic in eBPF, at XDP or tc, or by nftables where eBPF cannot run.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# groupadd, in postinst; deb-systemd-helper is of init-system-helpers, which every Debian has.
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
# Networks, where the kernel has no WireGuard of its own.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS wireguard-go)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/packaging/debian/postinst;${CMAKE_SOURCE_DIR}/packaging/debian/prerm;${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
include(CPack)
