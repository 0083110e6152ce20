/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner process: what has to be executed, waited for or read from elsewhere is done here, so that the protocol process never is held
 * up by it. It keeps the privileges of the supervisor, because it has to become other users, and listens to nobody but the
 * daemon's own processes: what is run comes from the supervisor, which has read it in the configuration.
 */
#ifndef VRRPD_RUNNER_H
#define VRRPD_RUNNER_H

/* The process's whole life, under the name ROLE_RUNNER. Its exit status. */
int runner_main(void);

#endif
